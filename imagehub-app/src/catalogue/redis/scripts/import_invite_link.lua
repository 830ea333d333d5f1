-- ARGV: tenant, secret, time it was made, then the record's fields and values in turn.
local tenant, secret = ARGV[1], ARGV[2]
if redis.call('EXISTS', key.tenant(tenant)) == 0 then
    return 'skipped'
end
if redis.call('ZADD', key.invite_links(tenant), 'NX', ARGV[3], secret) == 1 then
    redis.call('HSET', key.invite_link(tenant, secret), 'created_at', ARGV[3], unpack(ARGV, 4))
end
return 'done'
