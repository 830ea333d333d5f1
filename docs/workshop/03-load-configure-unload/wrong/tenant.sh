# the tenant's limit was changed, not the user's
hub filter on
jq '.plans.personal.pull.tenant.count = 20' consul/policy.json | hub policy apply -
