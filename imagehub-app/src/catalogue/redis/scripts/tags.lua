-- ARGV: tenant, where to begin and to end among the tags' names, how many at most.
-- Returns names, as they are indexed, and how many images have each, negated, in turn.
local names = redis.call(
    'ZRANGE', key.tag_names(ARGV[1]), ARGV[2], ARGV[3], 'BYLEX', 'LIMIT', 0, ARGV[4])
local counted = {}
for _, name in ipairs(names) do
    local tag = string.match(name, '\n(.*)$')
    counted[#counted + 1] = name
    counted[#counted + 1] = redis.call('ZSCORE', key.tags(ARGV[1]), tag)
end
return counted
