-- ARGV: time, how many at most. Returns how many links were forgotten.
local over = redis.call(
    'ZRANGE', key.ends_of_shares(), '-inf', '(' .. ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])
for _, place in ipairs(over) do
    forget_share(string.match(place, '^(%S+) (%S+)$'))
end
return #over
