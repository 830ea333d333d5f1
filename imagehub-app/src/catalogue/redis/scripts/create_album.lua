-- ARGV: tenant, id, albums a tenant may have, then the record's fields and values in turn.
local tenant, id = ARGV[1], ARGV[2]
if redis.call('EXISTS', key.tenant(tenant)) == 0 then
    return 'not_found'
end
if redis.call('EXISTS', key.album(tenant, id)) == 1 then
    return 'done'
end
if redis.call('ZCARD', key.albums(tenant)) >= tonumber(ARGV[3]) then
    return 'too_many'
end
record_album(tenant, id, unpack(ARGV, 4))
return 'done'
