-- ARGV: tenant, secret.
if redis.call('ZREM', key.invite_links(ARGV[1]), ARGV[2]) == 0 then
    return 'not_found'
end
redis.call('DEL', key.invite_link(ARGV[1], ARGV[2]))
return 'done'
