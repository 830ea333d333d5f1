-- ARGV: tenant, owner, plan, now, tenants a user may have beside the one of the user's own name.
local name, owner = ARGV[1], ARGV[2]
if redis.call('EXISTS', key.tenant(name)) == 1
    or name ~= owner and redis.call('EXISTS', key.user(name)) == 1
    or redis.call('SISMEMBER', key.forgetting(), name) == 1 then
    return 'taken'
end
if redis.call('EXISTS', key.user(owner)) == 0 then
    return 'not_found'
end
local tenants = key.user_tenants(owner)
local others = redis.call('SCARD', tenants) - redis.call('SISMEMBER', tenants, owner)
if others >= tonumber(ARGV[5]) then
    return 'too_many_tenants'
end
redis.call('HSET', key.tenant(name), 'plan', ARGV[3], 'created_at', ARGV[4])
redis.call('ZADD', key.tenants(), 0, name)
redis.call('HSET', key.members(name), owner, 'owner ' .. ARGV[4])
redis.call('SADD', tenants, name)
return 'done'
