-- Makes a user a member with a role, if the user has room for one more tenant; an invitation is
-- used up with it. Returns role and since when, or the name of what is wrong.
local function join(tenant, user, role, now, most_others)
    local tenants = key.user_tenants(user)
    local others = redis.call('SCARD', tenants) - redis.call('SISMEMBER', tenants, user)
    if user ~= tenant and others >= tonumber(most_others) then
        return 'too_many_tenants'
    end
    local member = role .. ' ' .. now
    redis.call('HDEL', key.invitations(tenant), user)
    redis.call('SREM', key.user_invitations(user), tenant)
    redis.call('HSET', key.members(tenant), user, member)
    redis.call('SADD', tenants, tenant)
    return member
end

-- How far a role reaches.
local reach = { viewer = 1, member = 2, owner = 3 }

-- Whether a user is the only owner a tenant has.
local function is_last_owner(tenant, user)
    local member = redis.call('HGET', key.members(tenant), user)
    if not member or not string.find(member, '^owner ') then
        return false
    end
    local owners = 0
    for _, other in ipairs(redis.call('HVALS', key.members(tenant))) do
        if string.find(other, '^owner ') then
            owners = owners + 1
        end
    end
    return owners < 2
end
