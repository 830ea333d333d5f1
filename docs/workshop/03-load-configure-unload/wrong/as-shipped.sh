# this is the policy as it is shipped: hub policy apply
hub filter on
