# the user's limit was changed, not the tenant's
hub filter on
jq '.plans.personal.pull.user.count = 6' consul/policy.json | hub policy apply -
