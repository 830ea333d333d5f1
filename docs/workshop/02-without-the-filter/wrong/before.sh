# that is what the filter said, before it was switched off
hub filter off
curl -sS -f -o /dev/null "$HUB/t/$LAB_USER/images" -H "authorization: Bearer $TOKEN" -F file=@.ci/picture.jpg -F title=imagehub_unauthenticated
