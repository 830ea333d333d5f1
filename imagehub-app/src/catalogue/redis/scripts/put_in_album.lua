-- ARGV: tenant, album, then images.
local tenant, album = ARGV[1], ARGV[2]
if not is_album(tenant, album) then
    return 'not_found'
end
for i = 3, #ARGV do
    local place = place_in(key.images(tenant), ARGV[i])
    if place then
        put_into_album(tenant, album, key.album_images(tenant, album), place, ARGV[i])
    end
end
return 'done'
