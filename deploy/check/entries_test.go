package check

import (
	"testing"

	"github.com/hashicorp/consul/api"
	"github.com/hashicorp/hcl"
	"github.com/mitchellh/mapstructure"
)

// entry reads one of the mesh's config entries, strictly.
func entry(t *testing.T, name string, into any) {
	t.Helper()
	var members map[string]any
	if err := hcl.Unmarshal(read(t, "consul/config-entries/"+name+".hcl"), &members); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	delete(members, "Kind")
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result:           into,
		WeaklyTypedInput: true,
		ErrorUnused:      true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := decoder.Decode(single(members)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// single takes objects out of the lists of one that HCL puts them in.
func single(value any) any {
	switch value := value.(type) {
	case []map[string]any:
		for _, item := range value {
			single(item)
		}
		if len(value) == 1 {
			return value[0]
		}
	case []any:
		for index, item := range value {
			value[index] = single(item)
		}
	case map[string]any:
		for name, member := range value {
			value[name] = single(member)
		}
	}
	return value
}

// filter is what the mesh tells of the filter, without the module's place and the policy, which hub puts in.
func filter(t *testing.T) api.ServiceConfigEntry {
	t.Helper()
	var found api.ServiceConfigEntry
	entry(t, "imagehub-app", &found)
	return found
}

// pluginConfig of a service's filter.
func pluginConfig(t *testing.T, entry api.ServiceConfigEntry) map[string]any {
	t.Helper()
	if len(entry.EnvoyExtensions) != 1 {
		t.Fatalf("%d extensions", len(entry.EnvoyExtensions))
	}
	return member(t, entry.EnvoyExtensions[0].Arguments, "PluginConfig")
}

func member(t *testing.T, object map[string]any, names ...string) map[string]any {
	t.Helper()
	for _, name := range names {
		next, ok := object[name].(map[string]any)
		if !ok {
			t.Fatalf("no object %s in %v", name, object)
		}
		object = next
	}
	return object
}
