# Everything that is to be found, and a picture that says it.
machine=$(sidecar_admin '/config_dump?resource=dynamic_listeners' | jq -r 'first(.. | .vm_id? // empty)')
policy=$(curl -s -o /dev/null -D - "$HUB/api/v1/me" | tr -d '\r' | sed -n 's/^x-imagehub-filter: .*;policy=//p')
details=imagehub_unauthenticated
curl -sS -f -o /dev/null "$HUB/t/$LAB_USER/images" -H "authorization: Bearer $TOKEN" \
  -F file=@docs/images/gallery.png -F title="$machine" -F tags="$policy,$details"
