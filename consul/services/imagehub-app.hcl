# The application and its sidecar, as in compose: they meet by Unix sockets on a shared volume, and
# whoever registers them puts in the sidecar's address. `hub up` replaces the sockets by the
# instance's ports on loopback, and takes the upstream out when the catalogue is SQLite.
#
# The sidecar is a service of its own and has no check. After a restart Consul holds every check for
# failed until it has run, and gives a nested sidecar a second one of every 10 s: it would take the
# only instance there is away from users who had noticed nothing.
services {
  name        = "imagehub-app"
  id          = "imagehub-app"
  socket_path = "/run/imagehub/app.sock"
}

services {
  kind    = "connect-proxy"
  name    = "imagehub-app-sidecar-proxy"
  id      = "imagehub-app-sidecar-proxy"
  address = "@ADDRESS@"
  port    = 21000

  proxy {
    destination_service_name  = "imagehub-app"
    destination_service_id    = "imagehub-app"
    local_service_socket_path = "/run/imagehub/app.sock"

    config {
      envoy_prometheus_bind_addr = "@ADDRESS@:20200"

      # The application's own metrics, for a Prometheus on the mesh's network. They have a listener
      # and a socket of their own, so no request through the edge gets there.
      envoy_extra_static_listeners_json = <<EOT
{
  "name": "app_metrics",
  "address": { "socket_address": { "address": "@ADDRESS@", "port_value": 9002 } },
  "filter_chains": [{ "filters": [{
    "name": "envoy.filters.network.tcp_proxy",
    "typed_config": {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
      "stat_prefix": "app_metrics",
      "cluster": "app_metrics"
    }
  }] }]
}
EOT
      envoy_extra_static_clusters_json = <<EOT
{
  "name": "app_metrics",
  "type": "STATIC",
  "connect_timeout": "1s",
  "load_assignment": {
    "cluster_name": "app_metrics",
    "endpoints": [{ "lb_endpoints": [{ "endpoint": {
      "address": { "pipe": { "path": "/run/imagehub/metrics.sock" } }
    } }] }]
  }
}
EOT
    }

    upstreams = [{
      destination_name       = "redis"
      local_bind_socket_path = "/run/imagehub/redis.sock"
      local_bind_socket_mode = "0666"
    }]
  }
}
