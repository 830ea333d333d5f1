# One Consul server, for one machine. `hub up` replaces the ports by the instance's own block and
# adds the data directory; compose passes its own addresses on the command line.
server           = true
bootstrap_expect = 1
datacenter       = "dc1"
node_name        = "imagehub"
log_level        = "warn"

bind_addr   = "127.0.0.1"
client_addr = "127.0.0.1"

ports {
  http     = 8500
  grpc     = 8502
  grpc_tls = -1
  dns      = -1
  server   = 8300
  serf_lan = 8301
  serf_wan = -1
}

connect {
  enabled = true

  # The trust domain, and so a part of the names that Consul gives to Envoy's clusters: `edge.yaml`
  # has to know one.
  ca_config {
    cluster_id = "c2b1e1f4-6d3a-4d4e-9a57-3f0d1c7e8b21"
  }
}

# Whatever no intention allows is refused.
default_intention_policy = "deny"

ui_config {
  enabled = true
}

# A single server need not wait for the votes of others.
performance {
  raft_multiplier = 1
}

disable_update_check = true
