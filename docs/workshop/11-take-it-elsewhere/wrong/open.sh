# this Envoy has no filter
. docs/workshop/11-take-it-elsewhere/steps.sh
to_folder mine
sed -i '/^ *- name: imagehub$/{N;/typed_config/!b;:a;N;/envoy.filters.http.router/!ba;s/.*\n\( *- name: envoy.filters.http.router\)/\1/}' mine/envoy.yaml
run_envoy mine
