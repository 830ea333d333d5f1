-- ARGV: tenant, how many at most. Returns id and title of its newest albums, newest first.
local tenant, names = ARGV[1], {}
local albums = redis.call(
    'ZRANGE', key.albums(tenant), '+inf', '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[2])
for i, id in ipairs(albums) do
    names[i] = { id, redis.call('HGET', key.album(tenant, id), 'title') }
end
return names
