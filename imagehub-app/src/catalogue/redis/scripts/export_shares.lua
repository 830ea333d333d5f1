-- ARGV: tenant, where to begin among secrets, how many at most. Returns secret and record of each
-- link.
local secrets = redis.call(
    'ZRANGE', key.shares(ARGV[1]), ARGV[2], '+', 'BYLEX', 'LIMIT', 0, ARGV[3])
local shares = {}
for i, secret in ipairs(secrets) do
    shares[i] = { secret, redis.call('HGETALL', key.share(ARGV[1], secret)) }
end
return shares
