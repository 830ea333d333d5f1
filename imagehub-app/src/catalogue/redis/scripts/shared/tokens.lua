-- Records an API token.
local function record_token(user, jti, tenant, now, ...)
    redis.call('HSET', key.token(user, jti), 'tenant', tenant, 'created_at', now, ...)
    redis.call('ZADD', key.user_tokens(user), now, jti)
    redis.call('SADD', key.tenant_tokens(tenant), user .. ' ' .. jti)
end

-- Forgets an API token; answers whether it was there.
local function forget_token(user, jti)
    local tenant = redis.call('HGET', key.token(user, jti), 'tenant')
    if not tenant then
        return false
    end
    redis.call('DEL', key.token(user, jti))
    redis.call('ZREM', key.user_tokens(user), jti)
    redis.call('SREM', key.tenant_tokens(tenant), user .. ' ' .. jti)
    return true
end

-- Whether a generation is that of the user's present sessions.
local function is_present(user, generation)
    return tonumber(redis.call('HGET', key.generations(), user) or 0) == tonumber(generation)
end

-- Ends every session of a user and forgets every API token.
local function sign_out_everywhere(user)
    redis.call('HINCRBY', key.generations(), user, 1)
    if redis.call('EXISTS', key.user(user)) == 0 then
        redis.call('ZADD', key.gone_users(), 0, user)
    end
    for _, jti in ipairs(redis.call('ZRANGE', key.user_tokens(user), 0, -1)) do
        forget_token(user, jti)
    end
end
