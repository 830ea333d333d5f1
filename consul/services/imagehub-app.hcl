# The application and its sidecar. `hub up` puts in the instance's ports, and takes the upstream out
# when the catalogue is SQLite.
services {
  name    = "imagehub-app"
  id      = "imagehub-app"
  address = "127.0.0.1"
  port    = 9001

  connect {
    sidecar_service {
      address = "127.0.0.1"
      port    = 21000

      # Consul's own default looks every 10 s; users would wait that long after a restart.
      checks = [{
        name     = "sidecar listens"
        tcp      = "127.0.0.1:21000"
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
