Kind = "http-route"
Name = "imagehub"

Parents = [
  {
    Kind        = "api-gateway"
    Name        = "edge"
    SectionName = "web"
  }
]

Rules = [
  {
    Matches = [{ Path = { Match = "prefix", Value = "/" } }]

    Filters = {
      Headers = [
        {
          # DIRECT: the peer of the connection, whatever an `x-forwarded-for` says.
          Set = { "x-imagehub-client" = "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%" }
          Remove = [
            "x-forwarded-for",
            "x-imagehub-user",
            "x-imagehub-tenant",
            "x-imagehub-role",
            "x-imagehub-plan",
            "x-imagehub-filter"
          ]
        }
      ]

      # However slow, a transfer that moves is not cut: negative means none. One that stands still is,
      # first by the sidecar, after Envoy's own five minutes.
      TimeoutFilter = { RequestTimeout = "-1s", IdleTimeout = "310s" }

      # Only where nothing of the request has been sent: a POST must never happen twice.
      RetryFilter = {
        NumRetries            = 2
        RetryOn               = ["reset-before-request"]
        RetryOnConnectFailure = true
      }
    }

    Services = [{ Name = "imagehub-app", Weight = 1 }]
  }
]
