-- ARGV: tenant, id, now. What its images note of it stays, as of an album that is gone.
local tenant, id = ARGV[1], ARGV[2]
if redis.call('ZREM', key.albums(tenant), id) == 0 then
    return 'not_found'
end
forget_album(tenant, id)
end_shares_of(tenant, id, ARGV[3])
return 'done'
