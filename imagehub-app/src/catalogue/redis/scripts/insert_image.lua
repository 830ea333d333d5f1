-- KEYS: tenant, digests, ordinal, images, image, then one for each tag.
-- ARGV: digest, id, then the record's fields and values in turn.
-- Returns the id that has these bytes now, or the name of what is wrong.
local existing = redis.call('HGET', KEYS[2], ARGV[1])
if existing then
    return existing
end
if redis.call('EXISTS', KEYS[1]) == 0 then
    return 'not_found'
end
local ordinal = redis.call('INCR', KEYS[3])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[4], ordinal, ARGV[2])
redis.call('HSET', KEYS[5], unpack(ARGV, 3))
for i = 6, #KEYS do
    redis.call('ZADD', KEYS[i], ordinal, ARGV[2])
end
return ARGV[2]
