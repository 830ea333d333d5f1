-- ARGV: user, hash.
if redis.call('EXISTS', key.user(ARGV[1])) == 0 then
    return 'not_found'
end
redis.call('HSET', key.user(ARGV[1]), 'password_hash', ARGV[2])
return 'done'
