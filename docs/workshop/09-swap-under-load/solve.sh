hub filter on "$MENDED_MODULE"
