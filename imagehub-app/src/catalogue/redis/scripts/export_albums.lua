-- ARGV: tenant, ordinal to go on after, how many at most. Returns id, ordinal, record and images
-- of the tenant's albums, in the order in which they were made.
local tenant = ARGV[1]
local places = redis.call('ZRANGE', key.albums(tenant), '(' .. ARGV[2], '+inf', 'BYSCORE',
    'LIMIT', 0, ARGV[3], 'WITHSCORES')
local albums = {}
for i = 1, #places, 2 do
    local id = places[i]
    local images = redis.call('ZRANGE', key.album_images(tenant, id), 0, -1)
    for _, image in ipairs(redis.call('ZRANGE', key.album_deleted(tenant, id), 0, -1)) do
        images[#images + 1] = image
    end
    local record = redis.call('HGETALL', key.album(tenant, id))
    albums[#albums + 1] = { id, tonumber(places[i + 1]), record, images }
end
return albums
