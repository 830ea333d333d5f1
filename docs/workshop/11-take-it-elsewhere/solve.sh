. docs/workshop/11-take-it-elsewhere/steps.sh
mine=$(mktemp -d)
to_folder "$mine"
sed -i '/"personal": {/,/}}/ s/"pull": {"user": {"count": 10,/"pull": {"user": {"count": 20,/' "$mine/envoy.yaml"
run_envoy "$mine"
