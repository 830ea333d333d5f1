Kind = "api-gateway"
Name = "edge"

Listeners = [
  {
    Name     = "web"
    Port     = 8080
    Protocol = "http"
  }
]
