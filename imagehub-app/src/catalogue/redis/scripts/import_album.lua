-- ARGV: tenant, id, its term, cover or nothing, title, who made it, when, then images.
local tenant, id = ARGV[1], ARGV[2]
if redis.call('EXISTS', key.tenant(tenant)) == 0 then
    return 'skipped'
end
if is_album(tenant, id) then
    return 'done'
end
record_album(tenant, id, 'title', ARGV[5], 'created_by', ARGV[6], 'created_at', ARGV[7])
if ARGV[4] ~= '' then
    redis.call('HSET', key.album(tenant, id), 'cover', ARGV[4])
end
for i = 8, #ARGV do
    local set = key.album_images(tenant, id)
    local ordinal = redis.call('ZSCORE', key.images(tenant), ARGV[i])
    if not ordinal then
        set = key.album_deleted(tenant, id)
        ordinal = redis.call('ZSCORE', key.deleted(tenant), ARGV[i])
    end
    if ordinal then
        put_into_album(tenant, id, ARGV[3], set, ordinal, ARGV[i])
    end
end
return 'done'
