# the sidecar was restarted, and its counters are gone
hub filter on
jq '.plans.personal.pull.user.count = 20' consul/policy.json | hub policy apply -
hub restart sidecar
