-- Calls `each` with every tag of a comma list and the same tag of the list in lower case.
local function each_tag(tags, folded, each)
    local next_folded = string.gmatch(folded, '[^,]+')
    for tag in string.gmatch(tags, '[^,]+') do
        each(tag, next_folded())
    end
end

-- Lists an image under its tags.
local function index_tags(tenant, id, place, tags, folded)
    each_tag(tags, folded, function(tag, lower)
        if list_image(key.tag(tenant, tag), id, place) == 1 then
            redis.call('ZINCRBY', key.tags(tenant), -1, tag)
            redis.call('ZADD', key.tag_names(tenant), 0, lower .. '\n' .. tag)
        end
    end)
end

-- Takes an image from the lists of its tags; a tag that nothing has is no longer one.
local function unindex_tags(tenant, id, tags, folded)
    each_tag(tags, folded, function(tag, lower)
        if unlist_image(key.tag(tenant, tag), id) == 1 then
            if tonumber(redis.call('ZINCRBY', key.tags(tenant), 1, tag)) >= 0 then
                redis.call('ZREM', key.tags(tenant), tag)
                redis.call('ZREM', key.tag_names(tenant), lower .. '\n' .. tag)
            end
        end
    end)
end
