# there is no filter, so nobody counts: hub filter status
hub filter off
