# there is no filter any more: nothing breaks, and nobody counts
hub filter off
