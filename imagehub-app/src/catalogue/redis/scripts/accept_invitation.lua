-- KEYS: members, invitations, user's invitations, user's tenants.
-- ARGV: user, tenant, now, tenants a user may have beside the one of the user's own name.
-- Returns a role and since when, or the name of what is wrong.
local member = redis.call('HGET', KEYS[1], ARGV[1])
if member then
    return member
end
local invitation = redis.call('HGET', KEYS[2], ARGV[1])
if not invitation then
    return 'not_found'
end
local others = redis.call('SCARD', KEYS[4]) - redis.call('SISMEMBER', KEYS[4], ARGV[1])
if ARGV[1] ~= ARGV[2] and others >= tonumber(ARGV[4]) then
    return 'too_many_tenants'
end
member = string.match(invitation, '^%S+') .. ' ' .. ARGV[3]
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('SREM', KEYS[3], ARGV[2])
redis.call('HSET', KEYS[1], ARGV[1], member)
redis.call('SADD', KEYS[4], ARGV[2])
return member
