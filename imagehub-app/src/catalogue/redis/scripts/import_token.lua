-- ARGV: user, jti, tenant, time it was made, then the record's fields and values in turn.
local user, jti, tenant = ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', key.user(user)) == 0 or redis.call('EXISTS', key.tenant(tenant)) == 0 then
    return 'skipped'
end
if redis.call('EXISTS', key.token(user, jti)) == 0 then
    record_token(user, jti, tenant, ARGV[4], unpack(ARGV, 5))
end
return 'done'
