-- Rewrites an image's text.
-- ARGV: tenant, id, tags and title as they were read, then tags, folded tags, title and search text
-- it is to have.
local tenant, id = ARGV[1], ARGV[2]
local image = key.image(tenant, id)
local stored = redis.call('HMGET', image, 'tags', 'title', 'folded')
if not stored[1] then
    return 'done'
end
if stored[1] ~= ARGV[3] or stored[2] ~= ARGV[4] then
    return 'changed_meanwhile'
end
local ordinal = redis.call('ZSCORE', key.images(tenant), id)
if ordinal then
    unindex_tags(tenant, id, stored[1], stored[3])
    index_tags(tenant, id, ordinal, ARGV[5], ARGV[6])
end
redis.call('HSET', image, 'tags', ARGV[5], 'folded', ARGV[6], 'title', ARGV[7], 'search', ARGV[8])
return 'done'
