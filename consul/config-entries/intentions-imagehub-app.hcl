# Only the edge reaches the application, and never these paths. An exact path and a prefix each,
# because `/internalised` is nobody's secret.
Kind = "service-intentions"
Name = "imagehub-app"

Sources = [
  {
    Name = "edge"
    Permissions = [
      { Action = "deny", HTTP = { PathExact = "/metrics" } },
      { Action = "deny", HTTP = { PathPrefix = "/metrics/" } },
      { Action = "deny", HTTP = { PathExact = "/internal" } },
      { Action = "deny", HTTP = { PathPrefix = "/internal/" } },
      { Action = "allow", HTTP = { PathPrefix = "/" } }
    ]
  }
]
