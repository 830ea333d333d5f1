local function is_album(tenant, id)
    return redis.call('ZSCORE', key.albums(tenant), id)
end

-- Lists an image in a set of an album.
local function put_into_album(tenant, album, set, place, id)
    list_image(set, id, place)
    redis.call('SADD', key.image_albums(tenant, id), album)
end

-- Records an album, newer than all there are.
local function record_album(tenant, id, ...)
    local ordinal = redis.call('INCR', key.album_ordinal(tenant))
    redis.call('ZADD', key.albums(tenant), ordinal, id)
    redis.call('HSET', key.album(tenant, id), ...)
end

-- An album's id, record, count of images and cover (nothing for an empty one).
local function read_album(tenant, id)
    local images = key.album_images(tenant, id)
    local cover = redis.call('HGET', key.album(tenant, id), 'cover')
    if not cover or not redis.call('ZSCORE', images, cover) then
        cover = redis.call('ZRANGE', images, 0, 0, 'REV')[1] or ''
    end
    local record = redis.call('HGETALL', key.album(tenant, id))
    return { id, record, redis.call('ZCARD', images), cover }
end

local function forget_album(tenant, id)
    redis.call('UNLINK', key.album(tenant, id))
    forget_set(key.album_images(tenant, id))
    forget_set(key.album_deleted(tenant, id))
end
