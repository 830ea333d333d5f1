-- ARGV: tenant, id. Returns the album, or nothing.
return is_album(ARGV[1], ARGV[2]) and read_album(ARGV[1], ARGV[2]) or false
