-- ARGV: tenant, sorted set, where to begin, whether the newest come first (1), how many at most,
-- pieces of text. Returns the score of the last one if there may be more; and, in turn, id and score
-- of those whose text has all of the pieces. So the texts of a search need not leave Redis.
local ids = {}
local read
if ARGV[4] == '1' then
    read = redis.call('ZRANGE', ARGV[2], ARGV[3], '-inf', 'BYSCORE', 'REV',
        'LIMIT', 0, ARGV[5], 'WITHSCORES')
else
    read = redis.call('ZRANGE', ARGV[2], ARGV[3], '+inf', 'BYSCORE',
        'LIMIT', 0, ARGV[5], 'WITHSCORES')
end
local more = #read == 2 * tonumber(ARGV[5]) and read[#read]
if #ARGV == 5 or #read == 0 then return {more, read} end

for i = 1, #read, 2 do ids[#ids + 1] = read[i] end
local texts = redis.call('HMGET', key.search(ARGV[1]), unpack(ids))
local found = {}
for i, text in ipairs(texts) do
    local has = true
    for piece = 6, #ARGV do
        has = has and text and string.find(text, ARGV[piece], 1, true)
    end
    if has then
        found[#found + 1] = ids[i]
        found[#found + 1] = read[2 * i]
    end
end
return {more, found}
