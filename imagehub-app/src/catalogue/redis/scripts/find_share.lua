-- ARGV: tenant, secret. Returns the record, if the tenant is there to have it.
if redis.call('EXISTS', key.tenant(ARGV[1])) == 0 then
    return {}
end
return redis.call('HGETALL', key.share(ARGV[1], ARGV[2]))
