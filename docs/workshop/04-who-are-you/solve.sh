hub policy apply - < consul/policy.json
