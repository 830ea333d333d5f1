-- ARGV: tenant, user.
redis.call('SREM', key.user_invitations(ARGV[2]), ARGV[1])
return redis.call('HDEL', key.invitations(ARGV[1]), ARGV[2]) == 1 and 'done' or 'not_found'
