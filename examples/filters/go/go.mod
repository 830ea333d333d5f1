module imagehub/examples/filters/go

go 1.24

// The SDK has no tagged release.
require github.com/proxy-wasm/proxy-wasm-go-sdk v0.0.0-20260105142703-44c7d5847745
