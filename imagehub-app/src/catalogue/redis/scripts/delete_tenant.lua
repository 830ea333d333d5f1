-- ARGV: tenant.
if redis.call('EXISTS', key.tenant(ARGV[1])) == 0 then
    return 'not_found'
end
forget_tenant(ARGV[1])
return 'done'
