-- ARGV: time, how many at most. Returns "tenant id" of each image that is gone.
local old = redis.call(
    'ZRANGE', key.deleted_everywhere(), '-inf', '(' .. ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])
for _, place in ipairs(old) do
    local tenant, id = string.match(place, '^(%S+) (%S+)$')
    if redis.call('ZSCORE', key.deleted(tenant), id) then
        purge_image(tenant, id)
    end
    redis.call('ZREM', key.deleted_everywhere(), place)
end
return old
