-- ARGV: tenant, sorted set to go through, order, score to begin at, images to look at, images
-- wanted, tag or nothing, text in lower case or nothing, sorted set they are also in or nothing.
-- Returns the images that fit (id, ordinal and record), the last ordinal looked at, and whether
-- there may be more.
local tenant, set, order, from = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local most, wanted = tonumber(ARGV[5]), tonumber(ARGV[6])
local tag, text, also_in = ARGV[7], ARGV[8], ARGV[9]
local places
if order == 'newest' then
    places = redis.call(
        'ZRANGE', set, from, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, most, 'WITHSCORES')
else
    places = redis.call('ZRANGE', set, from, '+inf', 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
end

local function fits(id, image)
    if also_in ~= '' and not redis.call('ZSCORE', also_in, id) then
        return false
    end
    if tag == '' and text == '' then
        return true
    end
    local fields = redis.call('HMGET', image, 'tags', 'search')
    return (tag == '' or string.find(',' .. fields[1] .. ',', ',' .. tag .. ',', 1, true))
        and (text == '' or string.find(fields[2], text, 1, true))
end

local found, last = {}, ''
for i = 1, #places, 2 do
    local id, image = places[i], key.image(tenant, places[i])
    last = places[i + 1]
    if fits(id, image) then
        found[#found + 1] = { id, last, redis.call('HGETALL', image) }
        if #found == wanted then
            return { found, last, 1 }
        end
    end
end
return { found, last, #places == 2 * most and 1 or 0 }
