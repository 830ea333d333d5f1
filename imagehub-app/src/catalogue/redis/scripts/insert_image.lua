-- ARGV: tenant, id, digest, bytes the tenant may have or nothing, then the record's fields and
-- values in turn. Returns what it came to, an id (or how much is used), and the record.
local tenant, id, digest, quota = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local existing = redis.call('HGET', key.digests(tenant), digest)
if existing then
    local outcome = 'duplicate'
    if redis.call('HEXISTS', key.image(tenant, existing), 'deleted_at') == 1 then
        show_image(tenant, existing)
        outcome = 'restored'
    end
    return { outcome, existing, redis.call('HGETALL', key.image(tenant, existing)) }
end
if redis.call('EXISTS', key.tenant(tenant)) == 0 then
    return { 'not_found', '', {} }
end
redis.call('HSET', key.image(tenant, id), unpack(ARGV, 5))
local tags, folded, bytes = indexed_fields(tenant, id)
if quota then
    local counted = redis.call('HMGET', key.usage(tenant), 'bytes', 'deleted_bytes')
    local used = tonumber(counted[1] or 0) + tonumber(counted[2] or 0)
    if used + bytes > quota then
        redis.call('DEL', key.image(tenant, id))
        return { 'quota_exceeded', string.format('%.0f', used), {} }
    end
end
local ordinal = redis.call('INCR', key.ordinal(tenant))
redis.call('HSET', key.digests(tenant), digest, id)
redis.call('ZADD', key.images(tenant), ordinal, id)
index_tags(tenant, id, ordinal, tags, folded)
count_images(tenant, 1, bytes)
return { 'new', id, redis.call('HGETALL', key.image(tenant, id)) }
