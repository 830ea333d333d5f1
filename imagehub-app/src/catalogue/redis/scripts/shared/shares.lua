-- Records a share link of something ('image' or 'album', and its id).
local function record_share(tenant, secret, kind, id, ends, created_at, ...)
    redis.call('HSET', key.share(tenant, secret), kind, id, 'created_at', created_at, ...)
    redis.call('ZADD', key.shares(tenant), 0, secret)
    redis.call('ZADD', key.live_shares(tenant), created_at, secret)
    redis.call('ZADD', key.share_ends(tenant), ends, secret)
    redis.call('SADD', key.shares_of(tenant, id), secret)
    if ends ~= '+inf' then
        redis.call('ZADD', key.ends_of_shares(), ends, tenant .. ' ' .. secret)
    end
end

-- Takes a share link from the lists of those that may still work: it was over at a time, or before.
local function end_share(tenant, secret, at)
    local target = redis.call('HMGET', key.share(tenant, secret), 'image', 'album')
    redis.call('ZREM', key.live_shares(tenant), secret)
    redis.call('ZREM', key.share_ends(tenant), secret)
    redis.call('SREM', key.shares_of(tenant, target[1] or target[2] or ''), secret)
    redis.call('ZADD', key.ends_of_shares(), 'LT', at, tenant .. ' ' .. secret)
end

-- Ends a share link at a time, unless it was ended before.
local function revoke_share(tenant, secret, at)
    redis.call('HSETNX', key.share(tenant, secret), 'revoked_at', at)
    end_share(tenant, secret, at)
end

-- Ends the share links of an image or an album that is gone.
local function end_shares_of(tenant, id, at)
    for _, secret in ipairs(redis.call('SMEMBERS', key.shares_of(tenant, id))) do
        revoke_share(tenant, secret, at)
    end
end

-- Forgets a share link.
local function forget_share(tenant, secret)
    end_share(tenant, secret, 0)
    redis.call('ZREM', key.ends_of_shares(), tenant .. ' ' .. secret)
    redis.call('ZREM', key.shares(tenant), secret)
    redis.call('DEL', key.share(tenant, secret))
end
