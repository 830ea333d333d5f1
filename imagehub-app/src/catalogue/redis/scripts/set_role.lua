-- ARGV: tenant, user, role, now, invitations a tenant may have waiting.
local tenant, user, role = ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', key.user(user)) == 0 or redis.call('EXISTS', key.tenant(tenant)) == 0 then
    return 'not_found'
end
local member = redis.call('HGET', key.members(tenant), user)
if not member then
    local others = redis.call('HLEN', key.invitations(tenant))
        - redis.call('HEXISTS', key.invitations(tenant), user)
    if others >= tonumber(ARGV[5]) then
        return 'too_many'
    end
    redis.call('HSET', key.invitations(tenant), user, role .. ' ' .. ARGV[4])
    redis.call('SADD', key.user_invitations(user), tenant)
    return 'invited'
end
if role ~= 'owner' and is_last_owner(tenant, user) then
    return 'last_owner'
end
local old, since = string.match(member, '^(%S+) (%S+)$')
redis.call('HSET', key.members(tenant), user, role .. ' ' .. since)
if reach[role] < reach[old] then
    withdraw_links(tenant, function(maker, gives)
        return maker == user or reach[gives] > reach[role]
    end)
end
return 'changed'
