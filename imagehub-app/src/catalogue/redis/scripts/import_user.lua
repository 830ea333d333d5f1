-- ARGV: name, password hash or nothing for a name whose account is gone, time, generation.
local name, hash, generation = ARGV[1], ARGV[2], tonumber(ARGV[4])
if redis.call('EXISTS', key.user(name)) == 0 then
    if hash ~= '' then
        redis.call('HSET', key.user(name), 'password_hash', hash, 'created_at', ARGV[3])
        redis.call('ZADD', key.users(), 0, name)
        redis.call('ZREM', key.gone_users(), name)
    elseif generation > 0 then
        redis.call('ZADD', key.gone_users(), 0, name)
    end
end
-- It never shrinks, so that no session that was ended is good again.
if generation > tonumber(redis.call('HGET', key.generations(), name) or 0) then
    redis.call('HSET', key.generations(), name, ARGV[4])
end
return 'done'
