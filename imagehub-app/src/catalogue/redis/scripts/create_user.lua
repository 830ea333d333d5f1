-- ARGV: name, password hash, plan, now.
local name = ARGV[1]
if redis.call('EXISTS', key.user(name), key.tenant(name)) > 0
    or redis.call('SISMEMBER', key.forgetting(), name) == 1 then
    return 'taken'
end
redis.call('HSET', key.user(name), 'password_hash', ARGV[2], 'created_at', ARGV[4])
redis.call('ZADD', key.users(), 0, name)
redis.call('ZREM', key.gone_users(), name)
redis.call('HSET', key.tenant(name), 'plan', ARGV[3], 'created_at', ARGV[4])
redis.call('ZADD', key.tenants(), 0, name)
redis.call('HSET', key.members(name), name, 'owner ' .. ARGV[4])
redis.call('SADD', key.user_tenants(name), name)
return 'done'
