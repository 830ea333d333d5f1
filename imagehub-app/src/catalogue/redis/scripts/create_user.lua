-- KEYS: user, tenant of that name, members, user's tenants.
-- ARGV: name, password hash, plan, now.
if redis.call('EXISTS', KEYS[1], KEYS[2]) > 0 then
    return 'taken'
end
redis.call('HSET', KEYS[1], 'password_hash', ARGV[2], 'created_at', ARGV[4])
redis.call('HSET', KEYS[2], 'plan', ARGV[3], 'created_at', ARGV[4])
redis.call('HSET', KEYS[3], ARGV[1], 'owner ' .. ARGV[4])
redis.call('SADD', KEYS[4], ARGV[1])
return 'done'
