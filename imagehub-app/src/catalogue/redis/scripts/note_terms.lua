-- ARGV: tenant, an ordinal, terms that images of its block are found by.
note_terms(ARGV[1], ARGV[2], ARGV[3])
return 'done'
