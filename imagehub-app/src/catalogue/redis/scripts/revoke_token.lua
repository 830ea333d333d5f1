-- ARGV: user, jti.
return forget_token(ARGV[1], ARGV[2]) and 'done' or 'not_found'
