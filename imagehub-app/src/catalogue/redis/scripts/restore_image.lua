-- ARGV: tenant, id. Returns the record, empty if there is no such image.
if redis.call('ZSCORE', key.deleted(ARGV[1]), ARGV[2]) then
    show_image(ARGV[1], ARGV[2])
elseif not redis.call('ZSCORE', key.images(ARGV[1]), ARGV[2]) then
    return {}
end
return redis.call('HGETALL', key.image(ARGV[1], ARGV[2]))
