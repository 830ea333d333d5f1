-- ARGV: user, jti, tenant, time it is made, tokens a user may have, generation of the session it is
-- made in, then the record's fields and values in turn.
local user, jti, tenant, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
if not is_present(user, ARGV[6]) then
    return 'signed_out'
end
if redis.call('HEXISTS', key.members(tenant), user) == 0 then
    return 'not_found'
end
for _, other in ipairs(redis.call('ZRANGE', key.user_tokens(user), 0, -1)) do
    if tonumber(redis.call('HGET', key.token(user, other), 'expires_at')) <= now then
        forget_token(user, other)
    end
end
if redis.call('ZCARD', key.user_tokens(user)) >= tonumber(ARGV[5]) then
    return 'too_many'
end
record_token(user, jti, tenant, now, unpack(ARGV, 7))
return 'done'
