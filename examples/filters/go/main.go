// A filter that adds a header to every response and counts it.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// Envoy calls no main: it initialises the module, which runs init, and then calls what the SDK exports.
func main() {}

func init() {
	proxywasm.SetPluginContext(func(uint32) types.PluginContext { return &plugin{} })
}

// plugin is there once in each of Envoy's workers.
type plugin struct {
	types.DefaultPluginContext
	responses proxywasm.MetricCounter
}

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	p.responses = proxywasm.DefineCounterMetric("example_responses")
	return types.OnPluginStartStatusOK
}

func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	return &exchange{responses: p.responses}
}

// exchange is one request and its response.
type exchange struct {
	types.DefaultHttpContext
	responses proxywasm.MetricCounter
}

func (e *exchange) OnHttpResponseHeaders(int, bool) types.Action {
	e.responses.Increment(1)
	if err := proxywasm.AddHttpResponseHeader("x-filtered-by", "go"); err != nil {
		proxywasm.LogErrorf("no header added: %v", err)
	}
	return types.ActionContinue
}
