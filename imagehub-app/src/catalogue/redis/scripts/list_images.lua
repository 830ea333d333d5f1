-- ARGV: tenant, sorted set to go through, order, images to look at, images wanted, tag or nothing,
-- text in lower case or nothing, sorted set they are also in or nothing, then ranges of ordinals,
-- the first and the last of each in that order. Returns the images that fit (id, ordinal and
-- record), how many were looked at, and the last ordinal looked at, or nothing if all were.
local tenant, set, order = ARGV[1], ARGV[2], ARGV[3]
local most, wanted = tonumber(ARGV[4]), tonumber(ARGV[5])
local tag, text, also_in = ARGV[6], ARGV[7], ARGV[8]

local function places(first, last, count)
    if order == 'newest' then
        return redis.call('ZRANGE', set, first, last, 'BYSCORE', 'REV',
            'LIMIT', 0, count, 'WITHSCORES')
    end
    return redis.call('ZRANGE', set, first, last, 'BYSCORE', 'LIMIT', 0, count, 'WITHSCORES')
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

local found, looked_at = {}, 0
for range = 9, #ARGV, 2 do
    local some = places(ARGV[range], ARGV[range + 1], most - looked_at)
    for i = 1, #some, 2 do
        local id, ordinal, image = some[i], some[i + 1], key.image(tenant, some[i])
        looked_at = looked_at + 1
        if fits(id, image) then
            found[#found + 1] = { id, ordinal, redis.call('HGETALL', image) }
        end
        if #found == wanted or looked_at == most then
            return { found, looked_at, ordinal }
        end
    end
end
return { found, looked_at, '' }
