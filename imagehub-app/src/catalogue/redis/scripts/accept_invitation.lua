-- ARGV: tenant, user, now, tenants a user may have beside the one of the user's own name.
-- Returns a role and since when, or the name of what is wrong.
local tenant, user = ARGV[1], ARGV[2]
local member = redis.call('HGET', key.members(tenant), user)
if member then
    return member
end
local invitation = redis.call('HGET', key.invitations(tenant), user)
if not invitation then
    return 'not_found'
end
return join(tenant, user, string.match(invitation, '^%S+'), ARGV[3], ARGV[4])
