module imagehub/smp

go 1.23

require (
	github.com/layer5io/service-mesh-performance v0.6.1
	google.golang.org/protobuf v1.36.6
)
