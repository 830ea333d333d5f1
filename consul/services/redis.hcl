# The catalogue's Redis behind its own sidecar: only the application's identity reaches it.
services {
  name    = "redis"
  id      = "redis"
  address = "@ADDRESS@"
  port    = 6380

  connect {
    sidecar_service {
      address = "@ADDRESS@"
      port    = 21001

      checks = [{
        name     = "sidecar listens"
        tcp      = "@ADDRESS@:21001"
        interval = "2s"
        timeout  = "1s"
      }]

      proxy {
        config {
          protocol                   = "tcp"
          envoy_prometheus_bind_addr = "127.0.0.1:20202"
        }
      }
    }
  }
}
