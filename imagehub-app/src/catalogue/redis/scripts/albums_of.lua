-- ARGV: tenant, image. Returns id and title of the albums it is in, newest first.
local tenant, image, names = ARGV[1], ARGV[2], {}
for _, id in ipairs(redis.call('ZRANGE', key.albums(tenant), 0, -1, 'REV')) do
    if redis.call('ZSCORE', key.album_images(tenant, id), image) then
        names[#names + 1] = { id, redis.call('HGET', key.album(tenant, id), 'title') }
    end
end
return names
