-- ARGV: tenant, id.
if not redis.call('ZSCORE', key.deleted(ARGV[1]), ARGV[2]) then
    return 'not_found'
end
purge_image(ARGV[1], ARGV[2])
return 'done'
