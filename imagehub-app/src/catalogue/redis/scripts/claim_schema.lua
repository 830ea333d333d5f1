-- ARGV: version known here. Returns the version in the store, which is that one if it was empty.
-- Read first: a store that takes no changes now, being full or a replica, can be read all the same.
local found = redis.call('GET', key.schema())
if found then
  return found
end
redis.call('SET', key.schema(), ARGV[1])
return ARGV[1]
