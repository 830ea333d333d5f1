# The application and its sidecar. Whoever registers it puts in its own address;
# `hub up` also the instance's ports, and takes the upstream out
# when the catalogue is SQLite.
services {
  name    = "imagehub-app"
  id      = "imagehub-app"
  address = "@ADDRESS@"
  port    = 9001

  connect {
    sidecar_service {
      address = "@ADDRESS@"
      port    = 21000

      # Consul's own default looks every 10 s; users would wait that long after a restart.
      checks = [{
        name     = "sidecar listens"
        tcp      = "@ADDRESS@:21000"
        interval = "2s"
        timeout  = "1s"
      }]

      proxy {
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
  }
}
