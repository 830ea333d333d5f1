Kind     = "service-defaults"
Name     = "imagehub-app"
Protocol = "http"

LocalConnectTimeoutMs = 2000

# The edge keeps a few connections and reuses them: without this, one worker would get them all.
BalanceInboundConnections = "exact_balance"
MaxInboundConnections     = 4096

EnvoyExtensions = [
  {
    Name = "builtin/wasm"

    # Without this a filter that cannot run lets everything through.
    Required = true

    Arguments = {
      Protocol     = "http"
      ListenerType = "inbound"
      ProxyType    = "connect-proxy"

      PluginConfig = {
        Name   = "imagehub"
        RootID = "imagehub"

        VmConfig = {
          # Counters live in shared data under this name, and outlive a new module. Their keys name the
          # layout of the sets.
          VmID    = "imagehub-v1"
          Runtime = "v8"
          # `hub` puts in the module, under a name with the hash of its content.
          Code = { Local = { Filename = "" } }
          # `hub` puts in a number. Another one makes new virtual machines, in place of one that died.
          Configuration = ""
        }

        # `hub` puts in policy.json, to the byte.
        Configuration = ""

        CapabilityRestrictionConfiguration = {
          # What the module uses, and nothing else.
          AllowedCapabilities = {
            proxy_log = {}
            proxy_get_current_time_nanoseconds = {}
            proxy_set_tick_period_milliseconds = {}
            proxy_set_effective_context = {}
            proxy_get_buffer_bytes = {}
            proxy_get_header_map_pairs = {}
            proxy_replace_header_map_value = {}
            proxy_remove_header_map_value = {}
            proxy_get_property = {}
            proxy_set_property = {}
            proxy_define_metric = {}
            proxy_increment_metric = {}
            proxy_get_shared_data = {}
            proxy_set_shared_data = {}
            proxy_continue_stream = {}
            proxy_send_local_response = {}
            proxy_http_call = {}
            random_get = {}
            proxy_on_context_create = {}
            proxy_on_delete = {}
            proxy_on_configure = {}
            proxy_on_tick = {}
            proxy_on_request_headers = {}
            proxy_on_request_trailers = {}
            proxy_on_response_headers = {}
            proxy_on_http_call_response = {}
          }
        }
      }
    }
  }
]
