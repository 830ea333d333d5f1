-- Notes when share links of the second layout end or ended.
-- ARGV: tenant, where to begin among secrets, how many at most. Returns the last one, if any.
local tenant, last = ARGV[1], ''
local secrets = redis.call('ZRANGE', key.shares(tenant), ARGV[2], '+', 'BYLEX', 'LIMIT', 0, ARGV[3])
for _, secret in ipairs(secrets) do
    local times = redis.call('HMGET', key.share(tenant, secret), 'until', 'revoked_at')
    if times[1] then
        redis.call('ZADD', key.ends_of_shares(), 'LT', times[1], tenant .. ' ' .. secret)
    end
    if times[2] then
        end_share(tenant, secret, times[2])
    end
    last = secret
end
return last
