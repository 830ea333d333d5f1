# The application and its sidecar. Whoever registers it puts in its own address; `hub up` also the
# instance's ports, and takes the upstream out when the catalogue is SQLite.
#
# The sidecar is a service of its own and has no check. After a restart Consul holds every check for
# failed until it has run, and gives a nested sidecar a second one of every 10 s: it would take the
# only instance there is away from users who had noticed nothing.
services {
  name    = "imagehub-app"
  id      = "imagehub-app"
  address = "@ADDRESS@"
  port    = 9001
}

services {
  kind    = "connect-proxy"
  name    = "imagehub-app-sidecar-proxy"
  id      = "imagehub-app-sidecar-proxy"
  address = "@ADDRESS@"
  port    = 21000

  proxy {
    destination_service_name = "imagehub-app"
    destination_service_id   = "imagehub-app"
    local_service_address    = "127.0.0.1"
    local_service_port       = 9001

    config {
      envoy_prometheus_bind_addr = "127.0.0.1:20200"
    }

    upstreams = [{
      destination_name   = "redis"
      local_bind_address = "127.0.0.1"
      local_bind_port    = 6379
    }]
  }
}
