-- ARGV: tenant, user, role, now.
local tenant, user, role = ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', key.user(user)) == 0 or redis.call('EXISTS', key.tenant(tenant)) == 0 then
    return 'not_found'
end
local member = redis.call('HGET', key.members(tenant), user)
if not member then
    redis.call('HSET', key.invitations(tenant), user, role .. ' ' .. ARGV[4])
    redis.call('SADD', key.user_invitations(user), tenant)
    return 'invited'
end
if role ~= 'owner' and is_last_owner(tenant, user) then
    return 'last_owner'
end
redis.call('HSET', key.members(tenant), user, role .. ' ' .. string.match(member, '%S+$'))
return 'changed'
