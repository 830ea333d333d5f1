-- KEYS: images, image, digests, then one for each tag it has.
-- ARGV: id, the tags it has as they were read, its digest.
local tags = redis.call('HGET', KEYS[2], 'tags')
if not tags then
    return 'not_found'
end
if tags ~= ARGV[2] then
    return 'changed_meanwhile'
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
redis.call('HDEL', KEYS[3], ARGV[3])
for i = 4, #KEYS do
    redis.call('ZREM', KEYS[i], ARGV[1])
end
return 'done'
