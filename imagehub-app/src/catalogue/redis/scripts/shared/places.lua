-- A set of images is kept in two orders: by ordinal, and by the second they were taken. An image's
-- place is the number it has in either.

-- The place of an image that arrives. Without a time at which it was taken, that of its upload
-- counts; those of one second are in the order of their arrival. Exact in a score: below 2^52.
local function new_place(ordinal, taken_at, uploaded_at)
    local second = tonumber(taken_at) or math.floor(uploaded_at / 1000)
    return { ordinal, second * 1048576 + ordinal % 1048576 }
end

-- Lists an image in a set, and says whether it was not there (1 or 0).
local function list_image(set, id, place)
    redis.call('ZADD', key.by_taken(set), place[2], id)
    return redis.call('ZADD', set, place[1], id)
end

-- Takes an image out of a set, and says whether it was there (1 or 0).
local function unlist_image(set, id)
    redis.call('ZREM', key.by_taken(set), id)
    return redis.call('ZREM', set, id)
end

-- The place of an image in a set, if it is there.
local function place_in(set, id)
    local ordinal = redis.call('ZSCORE', set, id)
    return ordinal and { ordinal, redis.call('ZSCORE', key.by_taken(set), id) }
end

local function forget_set(set)
    redis.call('UNLINK', set, key.by_taken(set))
end
