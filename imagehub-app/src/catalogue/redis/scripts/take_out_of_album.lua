-- ARGV: tenant, album, then images.
local tenant, album = ARGV[1], ARGV[2]
if not is_album(tenant, album) then
    return 'not_found'
end
for i = 3, #ARGV do
    unlist_image(key.album_images(tenant, album), ARGV[i])
    unlist_image(key.album_deleted(tenant, album), ARGV[i])
    redis.call('SREM', key.image_albums(tenant, ARGV[i]), album)
end
return 'done'
