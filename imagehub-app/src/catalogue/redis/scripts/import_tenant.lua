-- ARGV: name, plan, time, whether it keeps metadata.
local name = ARGV[1]
if redis.call('SISMEMBER', key.forgetting(), name) == 1 then
    return 'taken'
end
if redis.call('EXISTS', key.tenant(name)) == 0 then
    redis.call('HSET', key.tenant(name),
        'plan', ARGV[2], 'created_at', ARGV[3], 'keep_metadata', ARGV[4])
    redis.call('ZADD', key.tenants(), 0, name)
end
return 'done'
