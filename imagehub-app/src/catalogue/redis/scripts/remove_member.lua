-- KEYS: members, invitations, user's invitations, user's tenants. ARGV: user, tenant.
local member = redis.call('HGET', KEYS[1], ARGV[1])
if not member then
    redis.call('SREM', KEYS[3], ARGV[2])
    if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then
        return 'not_found'
    end
    return 'done'
end
if string.find(member, '^owner ') then
    local owners = 0
    for _, other in ipairs(redis.call('HVALS', KEYS[1])) do
        if string.find(other, '^owner ') then
            owners = owners + 1
        end
    end
    if owners < 2 then
        return 'last_owner'
    end
end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[4], ARGV[2])
return 'done'
