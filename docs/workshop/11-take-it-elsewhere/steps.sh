# The attendee's own Envoy: at localhost:10000, with its admin at 10001. It needs nothing of the mesh but the application.

# to_folder FOLDER: the module out of the packed image, and a configuration for it.
to_folder() {
  hub filter package --output "$1/image" >/dev/null
  local image="$1/image/blobs/sha256" manifest layer application
  manifest=$(jq -r '.manifests[0].digest | ltrimstr("sha256:")' "$1/image/index.json")
  layer=$(jq -r '.layers[0].digest | ltrimstr("sha256:")' "$image/$manifest")
  tar -xzOf "$image/$layer" plugin.wasm >"$1/imagehub_filter.wasm"
  application=$(hub status --json | jq .ports.app)
  sed -e 's/port_value: 8080/port_value: 10000/' -e 's/port_value: 9901/port_value: 10001/' \
    -e "s/port_value: 9001/port_value: $application/" deploy/envoy/envoy.yaml >"$1/envoy.yaml"
}

# run_envoy FOLDER: in place of the one that it started before.
run_envoy() {
  stop_envoy
  # Envoy ends with whoever started it: that is a shell which waits for it, and outlives this one.
  (
    cd "$1"
    envoy -c envoy.yaml --use-dynamic-base-id -l error &
    echo $! >"${TMPDIR:-/tmp}/imagehub-lab-11"
    wait
  ) >"$1/envoy.log" 2>&1 </dev/null &
  # An Envoy that refuses its configuration ends, and its log says why.
  until curl -s -f -o /dev/null localhost:10001/ready; do
    kill -0 $! 2>/dev/null || { tail -n 5 "$1/envoy.log" >&2; return 1; }
    sleep 0.1
  done
}

stop_envoy() {
  local kept="${TMPDIR:-/tmp}/imagehub-lab-11" pid
  pid=$(cat "$kept" 2>/dev/null) || return 0
  rm "$kept"
  # Only if it is still an Envoy: a number may be somebody else's by now.
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = envoy ] || return 0
  kill "$pid"
  while [ -e "/proc/$pid" ] && ! grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null; do sleep 0.1; done
}
