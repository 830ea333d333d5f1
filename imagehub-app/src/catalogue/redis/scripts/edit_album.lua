-- ARGV: tenant, id, then any of 'title' and a title, 'cover' and an image or nothing.
-- Returns the album as it is now, or nothing if it or the cover is not there.
local tenant, id = ARGV[1], ARGV[2]
if not is_album(tenant, id) then
    return false
end
local album = key.album(tenant, id)
for i = 3, #ARGV, 2 do
    if ARGV[i] == 'cover' and ARGV[i + 1] ~= ''
        and not redis.call('ZSCORE', key.album_images(tenant, id), ARGV[i + 1]) then
        return false
    end
end
for i = 3, #ARGV, 2 do
    if ARGV[i + 1] == '' then
        redis.call('HDEL', album, ARGV[i])
    else
        redis.call('HSET', album, ARGV[i], ARGV[i + 1])
    end
end
return read_album(tenant, id)
