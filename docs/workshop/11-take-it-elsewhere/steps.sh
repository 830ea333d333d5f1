# The attendee's own Envoy: at localhost:10000, with its admin at 10001. It needs nothing of the mesh but the application.

# to_folder FOLDER: the module out of the packed image, and a configuration for it.
to_folder() {
  mkdir -p "$1/image"
  hub filter package --output - </dev/null 2>/dev/null | tar -x -C "$1/image"
  local image="$1/image/blobs/sha256" manifest layer
  manifest=$(jq -r '.manifests[0].digest | ltrimstr("sha256:")' "$1/image/index.json")
  layer=$(jq -r '.layers[0].digest | ltrimstr("sha256:")' "$image/$manifest")
  tar -xzOf "$image/$layer" plugin.wasm >"$1/imagehub_filter.wasm"
  sed -e "s/127.0.0.1, port_value: 8080/$ENVOY_BIND, port_value: 10000/" -e "s/127.0.0.1, port_value: 9901/$ENVOY_BIND, port_value: 10001/" \
    -e "s|socket_address: {address: 127.0.0.1, port_value: 9001}|$APPLICATION|" deploy/envoy/envoy.yaml >"$1/envoy.yaml"
}

# run_envoy FOLDER: in place of the one that it started before.
run_envoy() {
  stop_envoy
  start_envoy "$1"
  # An Envoy that refuses its configuration ends, and its log says why.
  until curl -s -f -o /dev/null localhost:10001/ready; do
    kill -0 "$envoy" 2>/dev/null || { tail -n 5 "$1/envoy.log" >&2; return 1; }
    sleep 0.1
  done
}

if [ -n "${IMAGEHUB_CHECKOUT:-}" ]; then
  # In compose: a container, which is given the folder and the volume with the application's socket.
  start_envoy() {
    chmod -R a+rX "$1"
    (cd "$IMAGEHUB_CHECKOUT" && docker compose run --rm -T --name imagehub-lab-11 --use-aliases --service-ports \
      --volume "$(cd "$OLDPWD" && realpath "$1")":/mine:ro envoy) >"$1/envoy.log" 2>&1 </dev/null &
    envoy=$!
  }
  stop_envoy() { docker rm --force imagehub-lab-11 >/dev/null 2>&1 || true; }
else
  start_envoy() {
    local program
    program=$(hub tools envoy 2>/dev/null | awk '$1 == "envoy" { print $2 }')
    # Envoy ends with whoever started it: that is a shell which waits for it, and outlives this one.
    (
      cd "$1"
      "$program" -c envoy.yaml --use-dynamic-base-id -l error &
      echo $! >"${TMPDIR:-/tmp}/imagehub-lab-11"
      wait
    ) >"$1/envoy.log" 2>&1 </dev/null &
    envoy=$!
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
fi
