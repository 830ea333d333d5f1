# Read once by each Envoy at its start: written before any proxy starts.
Kind = "proxy-defaults"
Name = "global"

Config {
  protocol = "http"

  # None: Envoy's own 15 s would cut transfers. Service defaults have no word for none.
  local_request_timeout_ms = 0
}

# One JSON object a request on the proxy's standard output. No `authorization`, no `cookie`, and the
# path without its query: a log must not be a place to find credentials or what people searched for.
# The path of a share or an invite link is a credential too. Comparing is all that is done here, as
# a pattern would be compiled for each request.
AccessLogs {
  Enabled             = true
  DisableListenerLogs = true
  Type                = "stdout"
  JSONFormat          = <<EOT
{
  "time": "%START_TIME%",
  "method": "%REQ(:METHOD)%",
  "path": "%CEL(request.url_path.startsWith('/s/') || request.url_path.startsWith('/join/') || request.url_path.startsWith('/api/v1/join/') || request.url_path.contains('/shares/') || request.url_path.contains('/invite-links/') ? '(a link)' : request.url_path)%",
  "protocol": "%PROTOCOL%",
  "status": "%RESPONSE_CODE%",
  "details": "%RESPONSE_CODE_DETAILS%",
  "flags": "%RESPONSE_FLAGS%",
  "bytes_in": "%BYTES_RECEIVED%",
  "bytes_out": "%BYTES_SENT%",
  "ms": "%DURATION%",
  "client": "%REQ(X-IMAGEHUB-CLIENT)%",
  "peer": "%DOWNSTREAM_PEER_URI_SAN%",
  "request_id": "%REQ(X-REQUEST-ID)%",
  "upstream": "%UPSTREAM_HOST%",
  "filter": "%RESP(X-IMAGEHUB-FILTER)%",
  "verdict": "%FILTER_STATE(wasm.imagehub_verdict:PLAIN)%",
  "rule": "%FILTER_STATE(wasm.imagehub_rule:PLAIN)%"
}
EOT
}
