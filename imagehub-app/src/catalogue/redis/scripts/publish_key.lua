-- KEYS: signing keys. ARGV: kid, public key in hexadecimal, last use, listed until.
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local last_use, listed_until = tonumber(ARGV[3]), tonumber(ARGV[4])
if stored then
    local used, listed = string.match(stored, '^%S+ (%S+) (%S+)$')
    last_use = math.max(last_use, tonumber(used))
    listed_until = math.max(listed_until, tonumber(listed))
end
local times = string.format('%d %d', last_use, listed_until)
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. times)
return 'done'
