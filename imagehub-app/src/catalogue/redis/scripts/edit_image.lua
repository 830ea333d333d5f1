-- ARGV: tenant, id, the tags and the title it has as they were read, then tags, folded tags,
-- title and search text it is to have.
local tenant, id = ARGV[1], ARGV[2]
local place = place_in(key.images(tenant), id)
if not place then
    return 'not_found'
end
local stored = redis.call('HMGET', key.image(tenant, id), 'tags', 'title', 'folded')
if stored[1] ~= ARGV[3] or stored[2] ~= ARGV[4] then
    return 'changed_meanwhile'
end
if stored[1] ~= ARGV[5] then
    unindex_tags(tenant, id, stored[1], stored[3])
    index_tags(tenant, id, place, ARGV[5], ARGV[6])
end
redis.call('HSET', key.search(tenant), id, ARGV[8])
redis.call('HSET', key.image(tenant, id),
    'tags', ARGV[5], 'folded', ARGV[6], 'title', ARGV[7])
return 'done'
