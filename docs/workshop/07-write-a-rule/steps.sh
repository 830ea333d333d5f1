# What the text of this lab types, as functions.

# from_example FOLDER: the example filter, to be changed.
from_example() {
  mkdir -p "$1"
  cp -r examples/filters/rust/{Cargo.toml,Cargo.lock,src} "$1"
}

# add_rule FOLDER: a rule of its own, which each request is asked about.
add_rule() {
  cp docs/workshop/07-write-a-rule/rule.rs "$1/src/rule.rs"
  sed -i -e '/^proxy_wasm::main/i mod rule;\n' -e '/^impl HttpContext/r docs/workshop/07-write-a-rule/request.rs' "$1/src/lib.rs"
}

# load FOLDER [PLACE]: has Consul put the compiled filter beside ours, as the second of the sidecar's extensions. Ours may call
# a short list of Envoy's functions; yours may call all.
load() {
  local file
  file=$(hub filter install - <"$1/filter.wasm")
  curl -sS "$CONSUL/v1/config/service-defaults/imagehub-app" |
    jq --arg file "$file" --argjson place "${2:-1}" '.EnvoyExtensions[$place] = (.EnvoyExtensions[0]
      | .Arguments.PluginConfig |= (.Name = "mine" | .Configuration = "" | .VmConfig.VmID = "mine"
        | del(.CapabilityRestrictionConfiguration) | .VmConfig.Configuration = $file | .VmConfig.Code.Local.Filename = $file))' |
    curl -sS -o /dev/null -X PUT "$CONSUL/v1/config" --data-binary @-
  until sidecar_admin '/config_dump?resource=dynamic_listeners' |
    jq -e --arg file "$file" 'any(.. | .filename? // empty; . == $file)' >/dev/null; do sleep 0.1; done
}
