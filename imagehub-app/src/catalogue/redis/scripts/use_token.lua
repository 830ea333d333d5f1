-- ARGV: user, jti, now, milliseconds until a use is noted again. Returns whether it is good.
local token, now = key.token(ARGV[1], ARGV[2]), tonumber(ARGV[3])
local fields = redis.call('HMGET', token, 'expires_at', 'last_use')
if not fields[1] or tonumber(fields[1]) <= now then
    return 0
end
if not fields[2] or now - tonumber(fields[2]) >= tonumber(ARGV[4]) then
    redis.call('HSET', token, 'last_use', ARGV[3])
end
return 1
