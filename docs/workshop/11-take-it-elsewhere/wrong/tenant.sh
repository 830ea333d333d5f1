# the tenant's limit was changed
. docs/workshop/11-take-it-elsewhere/steps.sh
to_folder mine
sed -i '/"personal": {/,/}}/ s/"tenant": {"count": 100,/"tenant": {"count": 20,/' mine/envoy.yaml
run_envoy mine
