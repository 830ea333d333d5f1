-- ARGV: tenant, secret, now.
local tenant, secret = ARGV[1], ARGV[2]
if not redis.call('ZSCORE', key.shares(tenant), secret) then
    return 'not_found'
end
redis.call('HSETNX', key.share(tenant, secret), 'revoked_at', ARGV[3])
end_share(tenant, secret)
return 'done'
