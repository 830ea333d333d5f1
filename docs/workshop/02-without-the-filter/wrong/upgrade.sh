# your plan was raised: that moves a limit, and does so only for you
curl -sS -f -o /dev/null -X PUT "$HUB/api/v1/tenants/$LAB_USER/plan" -H "authorization: Bearer $TOKEN" \
  -H 'content-type: application/json' -d '{"plan":"enterprise"}'
