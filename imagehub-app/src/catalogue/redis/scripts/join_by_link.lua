-- ARGV: tenant, secret, user, now, tenants a user may have beside the one of the user's own name.
-- Returns a role and since when, or the name of what is wrong.
local tenant, secret, user, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local link = redis.call('HMGET', key.invite_link(tenant, secret), 'until', 'role')
if not redis.call('ZSCORE', key.invite_links(tenant), secret) or tonumber(link[1]) <= tonumber(now)
    or redis.call('EXISTS', key.user(user)) == 0 then
    return 'not_found'
end
return redis.call('HGET', key.members(tenant), user) or join(tenant, user, link[2], now, ARGV[5])
