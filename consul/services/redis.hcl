# The catalogue's Redis behind its own sidecar: only the application's identity reaches it. As in
# compose, and changed by `hub up` as the application's.
services {
  name        = "redis"
  id          = "redis"
  socket_path = "/run/imagehub/redis.sock"
}

services {
  kind    = "connect-proxy"
  name    = "redis-sidecar-proxy"
  id      = "redis-sidecar-proxy"
  address = "@ADDRESS@"
  port    = 21001

  proxy {
    destination_service_name  = "redis"
    destination_service_id    = "redis"
    local_service_socket_path = "/run/imagehub/redis.sock"

    config {
      protocol                   = "tcp"
      envoy_prometheus_bind_addr = "@ADDRESS@:20202"
    }
  }
}
