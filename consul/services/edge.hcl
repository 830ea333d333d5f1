# The gateway itself; its listener is the config entry `api-gateway`.
services {
  kind    = "api-gateway"
  name    = "edge"
  id      = "edge"
  address = "@ADDRESS@"
  port    = 8080

  proxy {
    config {
      envoy_prometheus_bind_addr = "@ADDRESS@:20201"
    }
  }
}
