-- ARGV: tenant, secret, now, links a tenant may have, the maker, then the record's other fields and
-- values in turn.
local tenant, secret, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
if not string.find(redis.call('HGET', key.members(tenant), ARGV[5]) or '', '^owner ') then
    return 'not_found'
end
for _, other in ipairs(redis.call('ZRANGE', key.invite_links(tenant), 0, -1)) do
    if tonumber(redis.call('HGET', key.invite_link(tenant, other), 'until')) <= now then
        redis.call('DEL', key.invite_link(tenant, other))
        redis.call('ZREM', key.invite_links(tenant), other)
    end
end
if redis.call('ZCARD', key.invite_links(tenant)) >= tonumber(ARGV[4]) then
    return 'too_many'
end
redis.call('HSET', key.invite_link(tenant, secret), 'created_at', ARGV[3],
    'created_by', ARGV[5], unpack(ARGV, 6))
redis.call('ZADD', key.invite_links(tenant), now, secret)
return 'done'
