-- ARGV: version known here. Returns the version in the store, which is that one if it was empty.
redis.call('SET', key.schema(), ARGV[1], 'NX')
return redis.call('GET', key.schema())
