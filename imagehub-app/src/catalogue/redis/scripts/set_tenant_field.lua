-- ARGV: tenant, field, value.
if redis.call('EXISTS', key.tenant(ARGV[1])) == 0 then
    return 'not_found'
end
redis.call('HSET', key.tenant(ARGV[1]), ARGV[2], ARGV[3])
return 'done'
