-- KEYS: user of that name, tenant, members, owner's tenants.
-- ARGV: tenant, owner, plan, now, tenants a user may have beside the one of the user's own name.
if redis.call('EXISTS', KEYS[1], KEYS[2]) > 0 then
    return 'taken'
end
local others = redis.call('SCARD', KEYS[4]) - redis.call('SISMEMBER', KEYS[4], ARGV[2])
if others >= tonumber(ARGV[5]) then
    return 'too_many_tenants'
end
redis.call('HSET', KEYS[2], 'plan', ARGV[3], 'created_at', ARGV[4])
redis.call('HSET', KEYS[3], ARGV[2], 'owner ' .. ARGV[4])
redis.call('SADD', KEYS[4], ARGV[1])
return 'done'
