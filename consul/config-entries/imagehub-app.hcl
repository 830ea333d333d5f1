Kind     = "service-defaults"
Name     = "imagehub-app"
Protocol = "http"

# Envoy's own 15 s would cut an upload.
LocalConnectTimeoutMs = 2000
LocalRequestTimeoutMs = 300000

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
          # Counters live in shared data under this name, and outlive a new module. The number is the
          # layout of the slots: another layout, another number.
          VmID    = "imagehub-v1"
          Runtime = "v8"
          # `hub` puts in the module, under a name with the hash of its content.
          Code = { Local = { Filename = "" } }
        }

        # `hub` puts in policy.json, to the byte.
        Configuration = ""

        CapabilityRestrictionConfiguration = {
          AllowedCapabilities = {
          }
        }
      }
    }
  }
]
