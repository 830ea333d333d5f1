-- ARGV: user.
sign_out_everywhere(ARGV[1])
return 'done'
