-- ARGV: tenant, id, cover or nothing, title, who made it, when, then images.
local tenant, id = ARGV[1], ARGV[2]
if redis.call('EXISTS', key.tenant(tenant)) == 0 then
    return 'skipped'
end
if is_album(tenant, id) then
    return 'done'
end
record_album(tenant, id, 'title', ARGV[4], 'created_by', ARGV[5], 'created_at', ARGV[6])
if ARGV[3] ~= '' then
    redis.call('HSET', key.album(tenant, id), 'cover', ARGV[3])
end
for i = 7, #ARGV do
    local set = key.album_images(tenant, id)
    local place = place_in(key.images(tenant), ARGV[i])
    if not place then
        set = key.album_deleted(tenant, id)
        place = place_in(key.deleted(tenant), ARGV[i])
    end
    if place then
        put_into_album(tenant, id, set, place, ARGV[i])
    end
end
return 'done'
