hub filter on
jq '.plans.personal.pull.user.count = 20' consul/policy.json | hub policy apply -
