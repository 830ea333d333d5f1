-- ARGV: 'member' or 'invitation', tenant, user, role and since when.
local tenant, user = ARGV[2], ARGV[3]
if redis.call('EXISTS', key.tenant(tenant)) == 0 or redis.call('EXISTS', key.user(user)) == 0 then
    return 'skipped'
end
if ARGV[1] == 'member' then
    redis.call('HSETNX', key.members(tenant), user, ARGV[4])
    redis.call('SADD', key.user_tenants(user), tenant)
elseif redis.call('HEXISTS', key.members(tenant), user) == 0 then
    redis.call('HSETNX', key.invitations(tenant), user, ARGV[4])
    redis.call('SADD', key.user_invitations(user), tenant)
end
return 'done'
