-- Withdraws those of a tenant's invite links that a test picks by maker and role.
local function withdraw_links(tenant, is_meant)
    for _, secret in ipairs(redis.call('ZRANGE', key.invite_links(tenant), 0, -1)) do
        local link = redis.call('HMGET', key.invite_link(tenant, secret), 'created_by', 'role')
        if is_meant(link[1], link[2]) then
            redis.call('DEL', key.invite_link(tenant, secret))
            redis.call('ZREM', key.invite_links(tenant), secret)
        end
    end
end
