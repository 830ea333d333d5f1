# the filter is off: nothing breaks, and nobody counts
hub filter off
