-- ARGV: tenant. Returns secret and record of each link.
local links = {}
for _, secret in ipairs(redis.call('ZRANGE', key.invite_links(ARGV[1]), 0, -1)) do
    links[#links + 1] = { secret, redis.call('HGETALL', key.invite_link(ARGV[1], secret)) }
end
return links
