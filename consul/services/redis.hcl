# The catalogue's Redis behind its own sidecar: only the application's identity reaches it.
services {
  name    = "redis"
  id      = "redis"
  address = "@ADDRESS@"
  port    = 6380
}

services {
  kind    = "connect-proxy"
  name    = "redis-sidecar-proxy"
  id      = "redis-sidecar-proxy"
  address = "@ADDRESS@"
  port    = 21001

  proxy {
    destination_service_name = "redis"
    destination_service_id   = "redis"
    local_service_address    = "127.0.0.1"
    local_service_port       = 6380

    config {
      protocol                   = "tcp"
      envoy_prometheus_bind_addr = "127.0.0.1:20202"
    }
  }
}
