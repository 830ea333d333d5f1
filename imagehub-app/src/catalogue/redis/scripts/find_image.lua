-- ARGV: tenant, id. Returns the record, if the tenant is there to have it.
if redis.call('EXISTS', key.tenant(ARGV[1])) == 0 then
    return {}
end
return redis.call('HGETALL', key.image(ARGV[1], ARGV[2]))
