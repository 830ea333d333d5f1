-- ARGV: tenant, id, digest, bytes the tenant may have or nothing, the image's bytes, what searches
-- look at, then the record's fields and values in turn. Returns what it came to, an id (or how
-- much is used), and the record.
local tenant, id, digest = ARGV[1], ARGV[2], ARGV[3]
local quota, bytes = tonumber(ARGV[4]), ARGV[5]
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
if quota then
    local counted = redis.call('HMGET', key.usage(tenant), 'bytes', 'deleted_bytes')
    local used = tonumber(counted[1] or 0) + tonumber(counted[2] or 0)
    if used + tonumber(bytes) > quota then
        return { 'quota_exceeded', string.format('%.0f', used), {} }
    end
end
record_image(tenant, id, digest, ARGV[6], unpack(ARGV, 7))
return { 'new', id, redis.call('HGETALL', key.image(tenant, id)) }
