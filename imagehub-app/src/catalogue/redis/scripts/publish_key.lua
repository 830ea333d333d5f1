-- KEYS: signing keys. ARGV: kid, public key in hexadecimal, last use, listed until.
local last_use, listed_until = tonumber(ARGV[3]), tonumber(ARGV[4])
local stored = redis.call('HGETALL', KEYS[1])
for i = 1, #stored, 2 do
    local used, listed = string.match(stored[i + 1], '^%S+ (%S+) (%S+)$')
    if tonumber(listed) <= tonumber(ARGV[3]) then
        redis.call('HDEL', KEYS[1], stored[i])
    elseif stored[i] == ARGV[1] then
        last_use = math.max(last_use, tonumber(used))
        listed_until = math.max(listed_until, tonumber(listed))
    end
end
local times = string.format('%d %d', last_use, listed_until)
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. times)
return 'done'
