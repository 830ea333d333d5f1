-- ARGV: tenant, sorted set to go through, order, images to look at, images wanted, tag or nothing,
-- text in lower case or nothing, sorted set they are also in or nothing, then ranges of ordinals,
-- the first and the last of each in that order. Returns the images that fit (id, ordinal and
-- record), how many were looked at, and the last ordinal looked at, or nothing if all were.
local tenant, set, order = ARGV[1], ARGV[2], ARGV[3]
local most, wanted = tonumber(ARGV[4]), tonumber(ARGV[5])
local tag, text, also_in = ARGV[6], ARGV[7], ARGV[8]
local newest = order == 'newest'

-- Images are named by their rank in the order asked for, so that of those that do not fit nothing
-- but what is looked at is read.

-- The rank of the first image of a range, and how many are in it.
local function ranks(first, last)
    if newest then
        return redis.call('ZCOUNT', set, '(' .. first, '+inf'),
            redis.call('ZCOUNT', set, last, first)
    end
    return redis.call('ZCOUNT', set, '-inf', '(' .. first),
        redis.call('ZCOUNT', set, first, last)
end

-- Ids of the images from a rank on, each followed by its ordinal.
local function places(rank, count)
    if newest then
        return redis.call('ZRANGE', set, rank, rank + count - 1, 'REV', 'WITHSCORES')
    end
    return redis.call('ZRANGE', set, rank, rank + count - 1, 'WITHSCORES')
end

-- A field of each of the images from a rank on: by one command, many times as fast as one each.
local function each_field(field, rank, count)
    local values = redis.pcall('SORT_RO', set, 'BY', 'nosort', newest and 'DESC' or 'ASC',
        'LIMIT', rank, count, 'GET', key.image(tenant, '*') .. '->' .. field)
    if values.err then
        -- It is for users who may read every key, and from Redis 7 on.
        local all = places(rank, count)
        values = {}
        for i = 1, #all / 2 do
            values[i] = redis.call('HGET', key.image(tenant, all[2 * i - 1]), field)
        end
    end
    return values
end

-- Whether each of the images from a rank on is in the other set.
local function each_in_other(rank, count)
    local all, ids = places(rank, count), {}
    for i = 1, #all, 2 do
        ids[#ids + 1] = all[i]
    end
    return redis.call('ZMSCORE', also_in, unpack(ids))
end

-- Tells of each of the images from a rank on whether it has the text, the tag and the other set.
local function fitting(rank, count)
    local texts = text ~= '' and each_field('search', rank, count)
    local tags = tag ~= '' and each_field('tags', rank, count)
    local others = also_in ~= '' and each_in_other(rank, count)
    return function(i)
        return (not texts or string.find(texts[i] or '', text, 1, true))
            and (not tags or string.find(',' .. (tags[i] or '') .. ',', ',' .. tag .. ',', 1, true))
            and (not others or others[i])
    end
end

-- What is asked for may be rare, or the next ones: more and more are looked at together.
local together, found, looked_at = wanted, {}, 0
local all_fit = text == '' and tag == '' and also_in == ''
for range = 9, #ARGV, 2 do
    local rank, left = ranks(ARGV[range], ARGV[range + 1])
    while left > 0 do
        local count = math.min(left, together, most - looked_at)
        local all = all_fit and places(rank, count)
        local fits = not all_fit and fitting(rank, count)
        for i = 1, count do
            looked_at = looked_at + 1
            local place = all and { all[2 * i - 1], all[2 * i] }
                or fits(i) and places(rank + i - 1, 1)
            if place then
                local image = redis.call('HGETALL', key.image(tenant, place[1]))
                found[#found + 1] = { place[1], place[2], image }
            end
            if #found == wanted or looked_at == most then
                return { found, looked_at, (place or places(rank + i - 1, 1))[2] }
            end
        end
        rank, left, together = rank + count, left - count, math.min(together * 2, 500)
    end
end
return { found, looked_at, '' }
