-- ARGV: tenant, secret, 'image' or 'album', its id, when the link ends ('+inf' for never), time it
-- was made, when it was revoked or nothing, then the record's fields and values in turn.
local tenant, secret = ARGV[1], ARGV[2]
if redis.call('EXISTS', key.tenant(tenant)) == 0 then
    return 'skipped'
end
-- One that is over may outlive what it showed.
if ARGV[7] == '' and redis.call('EXISTS', key.image(tenant, ARGV[4]), key.album(tenant, ARGV[4])) == 0 then
    return 'skipped'
end
if redis.call('EXISTS', key.share(tenant, secret)) == 0 then
    record_share(tenant, secret, ARGV[3], ARGV[4], ARGV[5], ARGV[6], unpack(ARGV, 8))
    if ARGV[7] ~= '' then
        revoke_share(tenant, secret, ARGV[7])
    end
end
return 'done'
