-- ARGV: tenant, secret, now.
local tenant, secret = ARGV[1], ARGV[2]
if not redis.call('ZSCORE', key.shares(tenant), secret) then
    return 'not_found'
end
revoke_share(tenant, secret, ARGV[3])
return 'done'
