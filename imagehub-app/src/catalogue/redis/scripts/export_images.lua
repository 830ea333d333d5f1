-- ARGV: tenant, ordinal to go on after, how many at most. Returns id, ordinal and record of the
-- tenant's images, deleted ones included, in the order of their arrival.
local tenant, after, most = ARGV[1], '(' .. ARGV[2], tonumber(ARGV[3])
local places = {}
for _, index in ipairs({ key.images(tenant), key.deleted(tenant) }) do
    local some = redis.call(
        'ZRANGE', index, after, '+inf', 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
    for i = 1, #some, 2 do
        places[#places + 1] = { some[i], tonumber(some[i + 1]) }
    end
end
table.sort(places, function(a, b) return a[2] < b[2] end)
local images = {}
for i = 1, math.min(most, #places) do
    local id = places[i][1]
    images[i] = { id, places[i][2], redis.call('HGETALL', key.image(tenant, id)) }
end
return images
