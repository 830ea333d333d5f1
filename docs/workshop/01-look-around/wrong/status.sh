# 401 is the status; who gave it is in the field `details`
policy=$(curl -s -o /dev/null -D - "$HUB/api/v1/me" | tr -d '\r' | sed -n 's/^x-imagehub-filter: .*;policy=//p')
curl -sS -f -o /dev/null "$HUB/t/$LAB_USER/images" -H "authorization: Bearer $TOKEN" \
  -F file=@docs/images/gallery.png -F title=imagehub-v1 -F tags="$policy,401"
