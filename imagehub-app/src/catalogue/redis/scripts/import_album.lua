-- ARGV: tenant, id, how many fields and values of the record, those in turn, then images.
local tenant, id, fields = ARGV[1], ARGV[2], tonumber(ARGV[3])
if redis.call('EXISTS', key.tenant(tenant)) == 0 then
    return 'skipped'
end
if is_album(tenant, id) then
    return 'done'
end
record_album(tenant, id, unpack(ARGV, 4, 3 + fields))
for i = 4 + fields, #ARGV do
    local ordinal = redis.call('ZSCORE', key.images(tenant), ARGV[i])
    if ordinal then
        redis.call('ZADD', key.album_images(tenant, id), ordinal, ARGV[i])
    else
        ordinal = redis.call('ZSCORE', key.deleted(tenant), ARGV[i])
        if ordinal then
            redis.call('ZADD', key.album_deleted(tenant, id), ordinal, ARGV[i])
        end
    end
end
return 'done'
