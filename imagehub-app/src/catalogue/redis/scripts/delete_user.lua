-- ARGV: user.
local user = ARGV[1]
if redis.call('EXISTS', key.user(user)) == 0 then
    return 'not_found'
end
local tenants = redis.call('SMEMBERS', key.user_tenants(user))
for _, tenant in ipairs(tenants) do
    if redis.call('HLEN', key.members(tenant)) > 1 and is_last_owner(tenant, user) then
        return 'last_owner'
    end
end
for _, tenant in ipairs(tenants) do
    if redis.call('HLEN', key.members(tenant)) == 1 then
        forget_tenant(tenant)
    else
        redis.call('HDEL', key.members(tenant), user)
        withdraw_links(tenant, function(maker)
            return maker == user
        end)
    end
end
for _, tenant in ipairs(redis.call('SMEMBERS', key.user_invitations(user))) do
    redis.call('HDEL', key.invitations(tenant), user)
end
redis.call('DEL', key.user(user), key.user_tenants(user), key.user_invitations(user))
redis.call('ZREM', key.users(), user)
sign_out_everywhere(user)
return 'done'
