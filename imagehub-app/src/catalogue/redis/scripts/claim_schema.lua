-- KEYS: schema. ARGV: version known here. Returns the version in the store.
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
