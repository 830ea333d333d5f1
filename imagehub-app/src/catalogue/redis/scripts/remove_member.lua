-- ARGV: tenant, user, who wants it.
local tenant, user, by = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HEXISTS', key.members(tenant), user) == 0 then
    redis.call('SREM', key.user_invitations(user), tenant)
    return redis.call('HDEL', key.invitations(tenant), user) == 1 and 'done' or 'not_found'
end
if is_last_owner(tenant, user) then
    return 'last_owner'
end
redis.call('HDEL', key.members(tenant), user)
redis.call('SREM', key.user_tenants(user), tenant)
for _, jti in ipairs(redis.call('ZRANGE', key.user_tokens(user), 0, -1)) do
    if redis.call('HGET', key.token(user, jti), 'tenant') == tenant then
        forget_token(user, jti)
    end
end
withdraw_links(tenant, function(maker)
    return by ~= user or maker == user
end)
return 'done'
