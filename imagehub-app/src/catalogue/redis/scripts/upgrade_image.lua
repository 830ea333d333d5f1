-- Brings the record of an image of the first layout up to date, once.
-- ARGV: tenant, id, tags and title as they were read, folded tags, search text.
local tenant, id = ARGV[1], ARGV[2]
local image = key.image(tenant, id)
local stored = redis.call('HMGET', image, 'tags', 'title', 'folded', 'bytes')
if not stored[1] or stored[3] then
    return 'done'
end
if stored[1] ~= ARGV[3] or stored[2] ~= ARGV[4] then
    return 'changed_meanwhile'
end
each_tag(stored[1], ARGV[5], function(tag, lower)
    redis.call('ZADD', key.tags(tenant), 0 - redis.call('ZCARD', key.tag(tenant, tag)), tag)
    redis.call('ZADD', key.tag_names(tenant), 0, lower .. '\n' .. tag)
end)
count_images(tenant, 1, stored[4])
redis.call('HSET', image, 'folded', ARGV[5], 'search', ARGV[6])
return 'done'
