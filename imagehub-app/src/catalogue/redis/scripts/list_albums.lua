-- ARGV: tenant. Returns its albums, newest first.
local albums = {}
for _, id in ipairs(redis.call('ZRANGE', key.albums(ARGV[1]), 0, -1, 'REV')) do
    albums[#albums + 1] = read_album(ARGV[1], id)
end
return albums
