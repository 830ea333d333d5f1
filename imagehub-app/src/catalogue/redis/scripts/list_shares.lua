-- ARGV: tenant, now, how many at most. Returns secret and record of each link that is not over,
-- newest first.
local tenant, now, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local shares = {}
for _, secret in ipairs(redis.call('ZRANGE', key.live_shares(tenant), 0, -1, 'REV')) do
    if tonumber(redis.call('ZSCORE', key.share_ends(tenant), secret)) > now then
        shares[#shares + 1] = { secret, redis.call('HGETALL', key.share(tenant, secret)) }
        if #shares == most then
            break
        end
    end
end
return shares
