hub filter on
jq '.plans.personal.pull.tenant.count = 6' consul/policy.json | hub policy apply -
