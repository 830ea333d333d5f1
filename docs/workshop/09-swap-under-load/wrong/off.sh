# there is no filter at all
hub filter off
