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
    local times = redis.call('HMGET', key.image(tenant, id), 'taken_at', 'uploaded_at')
    local place = new_place(redis.call('INCR', key.ordinal(tenant)), times[1], times[2])
    redis.call('HSET', key.digests(tenant), digest, id)
    list_image(key.images(tenant), id, place)
    index_tags(tenant, id, place, tags, folded)
    redis.call('HSET', key.search(tenant), id, search)
    count_images(tenant, 1, bytes)
end

-- Takes an image out of everything that lists it, and keeps its place for later.
local function hide_image(tenant, id, now)
    local tags, folded, bytes = indexed_fields(tenant, id)
    local place = place_in(key.images(tenant), id)
    unlist_image(key.images(tenant), id)
    list_image(key.deleted(tenant), id, place)
    redis.call('ZADD', key.deleted_everywhere(), now, tenant .. ' ' .. id)
    redis.call('HSET', key.image(tenant, id), 'deleted_at', now)
    unindex_tags(tenant, id, tags, folded)
    for _, album in ipairs(albums_with(tenant, id)) do
        if unlist_image(key.album_images(tenant, album), id) == 1 then
            list_image(key.album_deleted(tenant, album), id, place)
        end
    end
    count_images(tenant, -1, 0 - bytes)
    count_deleted(tenant, 1, bytes)
end

-- Puts a deleted image back to where it was.
local function show_image(tenant, id)
    local tags, folded, bytes = indexed_fields(tenant, id)
    local place = place_in(key.deleted(tenant), id)
    unlist_image(key.deleted(tenant), id)
    list_image(key.images(tenant), id, place)
    redis.call('ZREM', key.deleted_everywhere(), tenant .. ' ' .. id)
    redis.call('HDEL', key.image(tenant, id), 'deleted_at')
    index_tags(tenant, id, place, tags, folded)
    for _, album in ipairs(albums_with(tenant, id)) do
        if unlist_image(key.album_deleted(tenant, album), id) == 1 then
            list_image(key.album_images(tenant, album), id, place)
        end
    end
    count_images(tenant, 1, bytes)
    count_deleted(tenant, -1, 0 - bytes)
end

-- Forgets a deleted image for good. Its links are over since it was deleted.
local function purge_image(tenant, id)
    local fields = redis.call('HMGET', key.image(tenant, id), 'digest', 'bytes', 'deleted_at')
    unlist_image(key.deleted(tenant), id)
    redis.call('ZREM', key.deleted_everywhere(), tenant .. ' ' .. id)
    redis.call('HDEL', key.digests(tenant), fields[1])
    redis.call('HDEL', key.search(tenant), id)
    for _, album in ipairs(albums_with(tenant, id)) do
        unlist_image(key.album_deleted(tenant, album), id)
    end
    redis.call('DEL', key.image(tenant, id), key.image_albums(tenant, id))
    end_shares_of(tenant, id, fields[3])
    count_deleted(tenant, -1, 0 - tonumber(fields[2]))
end
