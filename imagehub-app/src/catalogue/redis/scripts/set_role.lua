-- KEYS: user, tenant, members, invitations, user's invitations.
-- ARGV: user, tenant, role, now.
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('EXISTS', KEYS[2]) == 0 then
    return 'not_found'
end
local member = redis.call('HGET', KEYS[3], ARGV[1])
if not member then
    redis.call('HSET', KEYS[4], ARGV[1], ARGV[3] .. ' ' .. ARGV[4])
    redis.call('SADD', KEYS[5], ARGV[2])
    return 'invited'
end
local role, since = string.match(member, '^(%S+) (%S+)$')
if role == 'owner' and ARGV[3] ~= 'owner' then
    local owners = 0
    for _, other in ipairs(redis.call('HVALS', KEYS[3])) do
        if string.find(other, '^owner ') then
            owners = owners + 1
        end
    end
    if owners < 2 then
        return 'last_owner'
    end
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3] .. ' ' .. since)
return 'changed'
