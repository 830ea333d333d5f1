-- ARGV: tenant, id, now. Returns the record, empty if there is no such image to delete.
if not redis.call('ZSCORE', key.images(ARGV[1]), ARGV[2]) then
    return {}
end
hide_image(ARGV[1], ARGV[2], ARGV[3])
return redis.call('HGETALL', key.image(ARGV[1], ARGV[2]))
