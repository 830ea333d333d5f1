-- KEYS: images, image, then one for each tag it has, then one for each tag it is to have.
-- ARGV: id, how many tags it has, the tags and the title it has as they were read, then the
-- fields to set and their values in turn.
local stored = redis.call('HMGET', KEYS[2], 'tags', 'title')
if not stored[1] then
    return 'not_found'
end
if stored[1] ~= ARGV[3] or stored[2] ~= ARGV[4] then
    return 'changed_meanwhile'
end
local ordinal = redis.call('ZSCORE', KEYS[1], ARGV[1])
for i = 3, 2 + tonumber(ARGV[2]) do
    redis.call('ZREM', KEYS[i], ARGV[1])
end
for i = 3 + tonumber(ARGV[2]), #KEYS do
    redis.call('ZADD', KEYS[i], ordinal, ARGV[1])
end
redis.call('HSET', KEYS[2], unpack(ARGV, 5))
return 'done'
