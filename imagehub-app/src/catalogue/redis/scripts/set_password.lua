-- ARGV: user, generation of the user's sessions, hash.
local user = ARGV[1]
if redis.call('EXISTS', key.user(user)) == 0 then
    return 'not_found'
end
if not is_present(user, ARGV[2]) then
    return 'signed_out'
end
redis.call('HSET', key.user(user), 'password_hash', ARGV[3])
sign_out_everywhere(user)
return 'done'
