-- Changes what is counted of a tenant's images that are not deleted.
local function count_images(tenant, images, bytes)
    redis.call('HINCRBY', key.usage(tenant), 'images', images)
    redis.call('HINCRBY', key.usage(tenant), 'bytes', bytes)
end

-- Changes what is counted of a tenant's deleted images.
local function count_deleted(tenant, images, bytes)
    redis.call('HINCRBY', key.usage(tenant), 'deleted_images', images)
    redis.call('HINCRBY', key.usage(tenant), 'deleted_bytes', bytes)
end

-- Ids of the albums an image is in.
local function albums_with(tenant, id)
    return redis.call('SMEMBERS', key.image_albums(tenant, id))
end

-- Tags, folded tags and bytes of an image.
local function indexed_fields(tenant, id)
    local fields = redis.call('HMGET', key.image(tenant, id), 'tags', 'folded', 'bytes')
    return fields[1], fields[2], tonumber(fields[3])
end

-- Records an image, newer than all there are, with the text that searches look at.
local function record_image(tenant, id, digest, search, ...)
    redis.call('HSET', key.image(tenant, id), ...)
    local tags, folded, bytes = indexed_fields(tenant, id)
    local ordinal = redis.call('INCR', key.ordinal(tenant))
    redis.call('HSET', key.digests(tenant), digest, id)
    redis.call('ZADD', key.images(tenant), ordinal, id)
    index_tags(tenant, id, ordinal, tags, folded)
    redis.call('HSET', key.search(tenant), id, search)
    count_images(tenant, 1, bytes)
end

-- Takes an image out of everything that lists it, and keeps its place for later.
local function hide_image(tenant, id, now)
    local tags, folded, bytes = indexed_fields(tenant, id)
    local ordinal = redis.call('ZSCORE', key.images(tenant), id)
    redis.call('ZREM', key.images(tenant), id)
    redis.call('ZADD', key.deleted(tenant), ordinal, id)
    redis.call('ZADD', key.deleted_everywhere(), now, tenant .. ' ' .. id)
    redis.call('HSET', key.image(tenant, id), 'deleted_at', now)
    unindex_tags(tenant, id, tags, folded)
    for _, album in ipairs(albums_with(tenant, id)) do
        if redis.call('ZREM', key.album_images(tenant, album), id) == 1 then
            redis.call('ZADD', key.album_deleted(tenant, album), ordinal, id)
        end
    end
    count_images(tenant, -1, 0 - bytes)
    count_deleted(tenant, 1, bytes)
end

-- Puts a deleted image back to where it was.
local function show_image(tenant, id)
    local tags, folded, bytes = indexed_fields(tenant, id)
    local ordinal = redis.call('ZSCORE', key.deleted(tenant), id)
    redis.call('ZREM', key.deleted(tenant), id)
    redis.call('ZADD', key.images(tenant), ordinal, id)
    redis.call('ZREM', key.deleted_everywhere(), tenant .. ' ' .. id)
    redis.call('HDEL', key.image(tenant, id), 'deleted_at')
    index_tags(tenant, id, ordinal, tags, folded)
    for _, album in ipairs(albums_with(tenant, id)) do
        if redis.call('ZREM', key.album_deleted(tenant, album), id) == 1 then
            redis.call('ZADD', key.album_images(tenant, album), ordinal, id)
        end
    end
    count_images(tenant, 1, bytes)
    count_deleted(tenant, -1, 0 - bytes)
end

-- Forgets a deleted image for good. Its links are over since it was deleted.
local function purge_image(tenant, id)
    local fields = redis.call('HMGET', key.image(tenant, id), 'digest', 'bytes', 'deleted_at')
    redis.call('ZREM', key.deleted(tenant), id)
    redis.call('ZREM', key.deleted_everywhere(), tenant .. ' ' .. id)
    redis.call('HDEL', key.digests(tenant), fields[1])
    redis.call('HDEL', key.search(tenant), id)
    for _, album in ipairs(albums_with(tenant, id)) do
        redis.call('ZREM', key.album_deleted(tenant, album), id)
    end
    redis.call('DEL', key.image(tenant, id), key.image_albums(tenant, id))
    end_shares_of(tenant, id, fields[3])
    count_deleted(tenant, -1, 0 - tonumber(fields[2]))
end
