-- ARGV: tenant, secret, 'image' or 'album', its id, when the link ends ('+inf' for never), now,
-- links a tenant may have, then the record's fields and values in turn.
local tenant, secret, kind, id, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[6]
local index = kind == 'image' and key.images(tenant) or key.albums(tenant)
if not redis.call('ZSCORE', index, id) then
    return 'not_found'
end
for _, over in ipairs(redis.call('ZRANGE', key.share_ends(tenant), '-inf', now, 'BYSCORE')) do
    end_share(tenant, over, now)
end
if redis.call('ZCARD', key.share_ends(tenant)) >= tonumber(ARGV[7]) then
    return 'too_many'
end
record_share(tenant, secret, kind, id, ARGV[5], now, unpack(ARGV, 8))
return 'done'
