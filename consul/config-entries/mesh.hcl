# One spelling of a path reaches intentions, filter and application. Without this, `//internal` or
# `/%2finternal` walks round a rule about `/internal`.
Kind = "mesh"

HTTP {
  # Kilobytes of certificate on every request, which nobody behind the sidecar reads.
  SanitizeXForwardedClientCert = true

  Incoming {
    RequestNormalization {
      MergeSlashes                 = true
      PathWithEscapedSlashesAction = "REJECT_REQUEST"
      HeadersWithUnderscoresAction = "REJECT_REQUEST"
    }
  }
}
