# the count is right, the window is not: window_seconds
jq '.plans.personal.pull.user.count = 5' consul/policy.json | hub policy apply -
