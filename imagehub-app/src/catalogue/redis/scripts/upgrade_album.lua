-- Notes of images of the second layout which album they are in.
-- ARGV: tenant, album, its term, then images.
local tenant, album = ARGV[1], ARGV[2]
for i = 4, #ARGV do
    for _, set in ipairs({ key.album_images(tenant, album), key.album_deleted(tenant, album) }) do
        local ordinal = redis.call('ZSCORE', set, ARGV[i])
        if ordinal then
            put_into_album(tenant, album, ARGV[3], set, ordinal, ARGV[i])
        end
    end
end
return 'done'
