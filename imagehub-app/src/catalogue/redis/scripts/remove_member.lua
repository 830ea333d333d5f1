-- ARGV: tenant, user.
local tenant, user = ARGV[1], ARGV[2]
if redis.call('HEXISTS', key.members(tenant), user) == 0 then
    redis.call('SREM', key.user_invitations(user), tenant)
    return redis.call('HDEL', key.invitations(tenant), user) == 1 and 'done' or 'not_found'
end
if is_last_owner(tenant, user) then
    return 'last_owner'
end
redis.call('HDEL', key.members(tenant), user)
redis.call('SREM', key.user_tenants(user), tenant)
return 'done'
