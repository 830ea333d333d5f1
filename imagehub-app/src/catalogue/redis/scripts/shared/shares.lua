-- Records a share link of something ('image' or 'album', and its id).
local function record_share(tenant, secret, kind, id, ends, created_at, ...)
    redis.call('HSET', key.share(tenant, secret), kind, id, 'created_at', created_at, ...)
    redis.call('ZADD', key.shares(tenant), 0, secret)
    redis.call('ZADD', key.live_shares(tenant), created_at, secret)
    redis.call('ZADD', key.share_ends(tenant), ends, secret)
    redis.call('SADD', key.shares_of(tenant, id), secret)
end

-- Takes a share link from the lists of those that may still work.
local function end_share(tenant, secret)
    redis.call('ZREM', key.live_shares(tenant), secret)
    redis.call('ZREM', key.share_ends(tenant), secret)
end

-- Forgets the share links of an image or an album that is gone.
local function forget_shares_of(tenant, id)
    for _, secret in ipairs(redis.call('SMEMBERS', key.shares_of(tenant, id))) do
        end_share(tenant, secret)
        redis.call('ZREM', key.shares(tenant), secret)
        redis.call('DEL', key.share(tenant, secret))
    end
    redis.call('DEL', key.shares_of(tenant, id))
end
