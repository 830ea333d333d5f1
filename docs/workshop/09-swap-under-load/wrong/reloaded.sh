# this is the module that the lab began with
hub filter reload
