-- ARGV: user. Returns each token's jti and record, newest first.
local tokens = {}
for _, jti in ipairs(redis.call('ZRANGE', key.user_tokens(ARGV[1]), 0, -1, 'REV')) do
    tokens[#tokens + 1] = { jti, redis.call('HGETALL', key.token(ARGV[1], jti)) }
end
return tokens
