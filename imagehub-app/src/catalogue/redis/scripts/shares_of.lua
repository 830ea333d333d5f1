-- ARGV: tenant, id of an image or an album. Returns secret and record of each of its links.
local shares = {}
for _, secret in ipairs(redis.call('SMEMBERS', key.shares_of(ARGV[1], ARGV[2]))) do
    shares[#shares + 1] = { secret, redis.call('HGETALL', key.share(ARGV[1], secret)) }
end
return shares
