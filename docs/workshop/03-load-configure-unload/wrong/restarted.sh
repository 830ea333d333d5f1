# the sidecar was restarted, and its counters are gone
hub filter on
jq '.plans.personal.pull.tenant.count = 6' consul/policy.json | hub policy apply -
hub restart sidecar
