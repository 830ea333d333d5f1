# The images for other machines, by `docker buildx bake`, which reads docker-compose.yaml too: what
# to build stands there, and here for which processors.
#
#   docker buildx bake --set '*.output=type=docker'    # for this machine's engine: one platform
#   docker buildx bake --push                          # both, to where the tags say

variable "PLATFORMS" {
  default = "linux/amd64,linux/arm64"
}

group "default" {
  targets = ["consul", "edge", "app", "configure", "redis"]
}

target "consul"    { platforms = split(",", PLATFORMS) }
target "edge"      { platforms = split(",", PLATFORMS) }
target "app"       { platforms = split(",", PLATFORMS) }
target "configure" { platforms = split(",", PLATFORMS) }
target "redis"     { platforms = split(",", PLATFORMS) }
