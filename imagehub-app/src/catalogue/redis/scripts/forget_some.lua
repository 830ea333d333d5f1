-- ARGV: tenant that is gone, records of a kind to delete at most. Returns whether there are more.
local tenant, most = ARGV[1], ARGV[2]

local function some(index, forget)
    local popped = redis.call('ZPOPMIN', key.forgotten(tenant, index), most)
    for i = 1, #popped, 2 do
        forget(popped[i])
    end
    return #popped > 0
end

local more = some('images', function(id)
    redis.call('UNLINK', key.image(tenant, id), key.image_albums(tenant, id))
end)
more = some('deleted', function(id)
    redis.call('ZREM', key.deleted_everywhere(), tenant .. ' ' .. id)
    redis.call('UNLINK', key.image(tenant, id), key.image_albums(tenant, id))
end) or more
more = some('tags', function(tag)
    forget_set(key.tag(tenant, tag))
end) or more
more = some('shares', function(secret)
    local target = redis.call('HMGET', key.share(tenant, secret), 'image', 'album')
    redis.call('UNLINK', key.share(tenant, secret))
    redis.call('ZREM', key.ends_of_shares(), tenant .. ' ' .. secret)
    redis.call('UNLINK', key.shares_of(tenant, target[1] or target[2] or ''))
end) or more
if not more then
    redis.call('SREM', key.forgetting(), tenant)
end
return more and 1 or 0
