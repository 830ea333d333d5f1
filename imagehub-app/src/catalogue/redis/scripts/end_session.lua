-- ARGV: user, jti, until, the least to remember it for; times and spans in milliseconds.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local span = math.max(tonumber(ARGV[3]) - now, tonumber(ARGV[4]))
redis.call('SET', key.ended_session(ARGV[1], ARGV[2]), '', 'PX', string.format('%.0f', span))
return 'done'
