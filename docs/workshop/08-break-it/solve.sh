hub filter on
