jq '.plans.personal.pull.user = {"count": 5, "window_seconds": 10}' consul/policy.json | hub policy apply -
