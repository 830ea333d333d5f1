hub filter off
