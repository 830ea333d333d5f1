# this is the colleague's first module
hub filter on "$NEXT_MODULE"
