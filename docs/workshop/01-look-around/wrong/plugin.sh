# that is the plugin; its virtual machine has a name of its own
policy=$(curl -s -o /dev/null -D - "$HUB/api/v1/me" | tr -d '\r' | sed -n 's/^x-imagehub-filter: .*;policy=//p')
curl -sS -f -o /dev/null "$HUB/t/$LAB_USER/images" -H "authorization: Bearer $TOKEN" \
  -F file=@docs/images/gallery.png -F title=imagehub -F tags="$policy,imagehub_unauthenticated"
