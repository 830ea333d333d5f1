-- ARGV: tenant, image. Returns id and title of the albums it is in, newest first.
local tenant, image, albums = ARGV[1], ARGV[2], {}
for _, id in ipairs(redis.call('SMEMBERS', key.image_albums(tenant, image))) do
    if redis.call('ZSCORE', key.album_images(tenant, id), image) then
        albums[#albums + 1] = { id, tonumber(redis.call('ZSCORE', key.albums(tenant), id)) }
    end
end
table.sort(albums, function(a, b) return a[2] > b[2] end)
for i, album in ipairs(albums) do
    albums[i] = { album[1], redis.call('HGET', key.album(tenant, album[1]), 'title') }
end
return albums
