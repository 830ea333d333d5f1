-- ARGV: tenant, id, digest, when it was deleted or nothing, what searches look at, then the record's
-- fields and values in turn.
local tenant, id, digest, deleted_at = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('EXISTS', key.tenant(tenant)) == 0 then
    return 'skipped'
end
if redis.call('EXISTS', key.image(tenant, id)) == 0
    and redis.call('HEXISTS', key.digests(tenant), digest) == 0 then
    record_image(tenant, id, digest, ARGV[5], unpack(ARGV, 6))
    if deleted_at ~= '' then
        hide_image(tenant, id, deleted_at)
    end
end
return 'done'
