Kind = "service-intentions"
Name = "redis"

Sources = [
  {
    Name   = "imagehub-app"
    Action = "allow"
  }
]
