# the rule is still in shadow: it says would-refuse, and lets everything pass
jq '.plans.personal.pull.user = {"count": 5, "window_seconds": 10}
  | (.routes[] | select(.path | endswith("/pull"))).enforce = "shadow"' consul/policy.json | hub policy apply -
