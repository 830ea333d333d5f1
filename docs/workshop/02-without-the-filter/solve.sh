hub filter off
curl -sS -f -o /dev/null "$HUB/t/$LAB_USER/images" -H "authorization: Bearer $TOKEN" -F file=@.ci/picture.jpg -F title=via_upstream
