-- Keeps what an index of a gone tenant names, where only its deletion looks.
local function set_aside(tenant, name, index)
    if redis.call('EXISTS', index) == 1 then
        redis.call('RENAME', index, key.forgotten(tenant, name))
    end
end

-- Makes a tenant unknown at once. Records that may be many are left to be deleted in batches,
-- and the name stays taken until they are.
local function forget_tenant(tenant)
    for _, user in ipairs(redis.call('HKEYS', key.members(tenant))) do
        redis.call('SREM', key.user_tenants(user), tenant)
    end
    for _, user in ipairs(redis.call('HKEYS', key.invitations(tenant))) do
        redis.call('SREM', key.user_invitations(user), tenant)
    end
    for _, token in ipairs(redis.call('SMEMBERS', key.tenant_tokens(tenant))) do
        forget_token(string.match(token, '^(%S+) (.*)$'))
    end
    for _, secret in ipairs(redis.call('ZRANGE', key.invite_links(tenant), 0, -1)) do
        redis.call('DEL', key.invite_link(tenant, secret))
    end
    for _, album in ipairs(redis.call('ZRANGE', key.albums(tenant), 0, -1)) do
        forget_album(tenant, album)
    end
    set_aside(tenant, 'images', key.images(tenant))
    set_aside(tenant, 'deleted', key.deleted(tenant))
    set_aside(tenant, 'tags', key.tags(tenant))
    set_aside(tenant, 'shares', key.shares(tenant))
    redis.call('UNLINK', key.by_taken(key.images(tenant)), key.by_taken(key.deleted(tenant)))
    redis.call('UNLINK', key.tenant(tenant), key.members(tenant), key.invitations(tenant),
        key.invite_links(tenant), key.albums(tenant), key.album_ordinal(tenant),
        key.usage(tenant), key.ordinal(tenant), key.digests(tenant), key.tag_names(tenant),
        key.search(tenant), key.live_shares(tenant), key.share_ends(tenant))
    redis.call('ZREM', key.tenants(), tenant)
    redis.call('SADD', key.forgetting(), tenant)
end
