package check

import (
	"reflect"
	"testing"

	"sigs.k8s.io/yaml"
)

// The real Envoy reads this configuration strictly, in the filter's tests. Here its names are compared.
func TestThePlainEnvoyNamesWhatTheMeshNames(t *testing.T) {
	var whole map[string]any
	if err := yaml.UnmarshalStrict(read(t, "deploy/envoy/envoy.yaml"), &whole); err != nil {
		t.Fatal(err)
	}
	listener := first(t, member(t, whole, "static_resources")["listeners"])
	chain := first(t, listener["filter_chains"])
	manager := member(t, first(t, chain["filters"]), "typed_config")
	ours := member(t, first(t, manager["http_filters"]), "typed_config", "config")
	theirs := pluginConfig(t, filter(t))
	vm, theirVM := member(t, ours, "vm_config"), member(t, theirs, "VmConfig")
	for _, pair := range [][2]any{
		{ours["name"], theirs["Name"]},
		{ours["root_id"], theirs["RootID"]},
		{vm["vm_id"], theirVM["VmID"]},
		{
			member(t, vm, "capability_restriction_config")["allowed_capabilities"],
			member(t, theirs, "CapabilityRestrictionConfiguration")["AllowedCapabilities"],
		},
		{member(t, ours, "configuration")["value"], string(read(t, "consul/policy.json"))},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) && !alike(t, pair[0], pair[1]) {
			t.Errorf("%v, not %v", pair[0], pair[1])
		}
	}
}

func first(t *testing.T, list any) map[string]any {
	t.Helper()
	items, ok := list.([]any)
	if !ok || len(items) == 0 {
		t.Fatalf("no list: %v", list)
	}
	return items[0].(map[string]any)
}
