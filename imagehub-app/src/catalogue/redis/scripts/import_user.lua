-- ARGV: name, password hash or nothing for a name whose account is gone, time, generation.
local name = ARGV[1]
if redis.call('EXISTS', key.user(name)) == 1 then
    return 'done'
end
if ARGV[2] == '' then
    redis.call('ZADD', key.gone_users(), 0, name)
else
    redis.call('HSET', key.user(name), 'password_hash', ARGV[2], 'created_at', ARGV[3])
    redis.call('ZADD', key.users(), 0, name)
    redis.call('ZREM', key.gone_users(), name)
end
if ARGV[4] ~= '0' then
    redis.call('HSETNX', key.generations(), name, ARGV[4])
end
return 'done'
