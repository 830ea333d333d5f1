package check

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
	extensions "istio.io/api/extensions/v1alpha1"
	client "istio.io/client-go/pkg/apis/extensions/v1alpha1"
)

func TestBothIstioManifestsSayTheSameOfTheFilter(t *testing.T) {
	var now client.TrafficExtension
	strictly(t, "traffic-extension.yaml", read(t, "deploy/istio/traffic-extension.yaml"), &now)
	var before client.WasmPlugin
	strictly(t, "wasm-plugin.yaml", read(t, "deploy/istio/wasm-plugin.yaml"), &before)
	wasm, plugin := now.Spec.GetWasm(), &before.Spec
	type said struct {
		url, name string
		fail      extensions.FailStrategy
		labels    map[string]string
		phase     string
	}
	one := said{wasm.Url, wasm.PluginName, wasm.FailStrategy, now.Spec.Selector.MatchLabels, now.Spec.Phase.String()}
	other := said{plugin.Url, plugin.PluginName, plugin.FailStrategy, plugin.Selector.MatchLabels, plugin.Phase.String()}
	if !reflect.DeepEqual(one, other) {
		t.Errorf("%v, not %v", one, other)
	}
	if one.fail == extensions.FailStrategy_FAIL_OPEN || !strings.Contains(one.url, "@sha256:") {
		t.Errorf("%v", one)
	}
	theirs := pluginConfig(t, filter(t))
	if one.name != theirs["Name"] {
		t.Errorf("the plugin is called %s, not %s", one.name, theirs["Name"])
	}
	isThePolicy(t, wasm.PluginConfig)
	isThePolicy(t, plugin.PluginConfig)
}

// isThePolicy compares with consul/policy.json, but for the names of the mesh around.
func isThePolicy(t *testing.T, config *structpb.Struct) {
	t.Helper()
	var ours, theirs map[string]json.RawMessage
	if len(config.Fields) != 1 {
		t.Errorf("%d members", len(config.Fields))
	}
	text := config.Fields["policy"].GetStringValue()
	if err := json.Unmarshal([]byte(text), &ours); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(read(t, "consul/policy.json"), &theirs); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"keys", "client_address"} {
		if string(ours[name]) == string(theirs[name]) {
			t.Errorf("%s names parts of Consul's mesh", name)
		}
		delete(ours, name)
		delete(theirs, name)
	}
	if !reflect.DeepEqual(ours, theirs) {
		t.Error("the policy is not consul/policy.json")
	}
}
