package check

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/consul/api"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

// spec of a Consul resource: its members are those of the config entry, in another case of letters.
func spec(t *testing.T, text []byte, into any) {
	t.Helper()
	var object struct {
		head
		Spec json.RawMessage `json:"spec"`
	}
	strictly(t, "a Consul resource", text, &object)
	decoder := json.NewDecoder(bytes.NewReader(object.Spec))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s %s: %v", object.Kind, object.Metadata.Name, err)
	}
}

// everything for a cluster, as render writes it, by kind and name.
func rendered(t *testing.T, module []byte) map[string][]byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "module.wasm")
	if err := os.WriteFile(file, module, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("../kubernetes/render", file)
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]byte{}
	for _, document := range documents(text) {
		head := headOf(t, document)
		key := head.Kind + " " + head.Metadata.Name
		if _, twice := found[key]; twice || head.Kind == "" {
			t.Fatalf("%q", key)
		}
		if head.Metadata.Namespace != "imagehub" {
			t.Errorf("%s is in namespace %q", key, head.Metadata.Namespace)
		}
		found[key] = document
	}
	return found
}

func TestTheMeshIsTheOneOfTheConfigEntries(t *testing.T) {
	objects := rendered(t, nil)
	var ours, theirs api.MeshConfigEntry
	entry(t, "mesh", &theirs)
	spec(t, objects["Mesh mesh"], &ours)
	if !reflect.DeepEqual(ours.HTTP, theirs.HTTP) {
		t.Errorf("%+v, not %+v", ours.HTTP, theirs.HTTP)
	}
	var redis, theirRedis api.ServiceConfigEntry
	entry(t, "redis", &theirRedis)
	spec(t, objects["ServiceDefaults redis"], &redis)
	if redis.Protocol != theirRedis.Protocol {
		t.Errorf("%s, not %s", redis.Protocol, theirRedis.Protocol)
	}
	var proxies, theirProxies api.ProxyConfigEntry
	entry(t, "proxy-defaults", &theirProxies)
	spec(t, objects["ProxyDefaults global"], &proxies)
	for name, value := range theirProxies.Config {
		if !alike(t, proxies.Config[name], value) {
			t.Errorf("%s is %v, not %v", name, proxies.Config[name], value)
		}
	}
	for _, name := range []string{"imagehub-app", "redis"} {
		var theirs api.ServiceIntentionsConfigEntry
		entry(t, "intentions-"+name, &theirs)
		var ours struct {
			Destination struct{ Name string }
			Sources     []*api.SourceIntention
		}
		spec(t, objects["ServiceIntentions "+name], &ours)
		if ours.Destination.Name != theirs.Name || !reflect.DeepEqual(ours.Sources, theirs.Sources) {
			t.Errorf("intentions of %s differ", name)
		}
	}
}

func TestTheFilterIsTheOneOfTheConfigEntry(t *testing.T) {
	module := []byte("\x00asm a module")
	sum := sha256.Sum256(module)
	name := "imagehub-filter-" + hex.EncodeToString(sum[:])[:12]
	objects := rendered(t, module)

	var theirs, ours = filter(t), api.ServiceConfigEntry{}
	spec(t, objects["ServiceDefaults imagehub-app"], &ours)
	ours.Kind, ours.Name = theirs.Kind, theirs.Name
	plugin := pluginConfig(t, ours)
	if plugin["Configuration"] != string(read(t, "consul/policy.json")) {
		t.Error("the policy is not consul/policy.json")
	}
	local := member(t, plugin, "VmConfig", "Code", "Local")
	if local["Filename"] != "/imagehub/"+name+".wasm" {
		t.Errorf("the module is %v", local["Filename"])
	}
	plugin["Configuration"], local["Filename"] = "", ""
	if !alike(t, ours, theirs) {
		t.Errorf("%+v\nnot\n%+v", ours, theirs)
	}

	var kept core.ConfigMap
	strictly(t, "the module", objects["ConfigMap "+name], &kept)
	if kept.Immutable == nil || !*kept.Immutable || !bytes.Equal(kept.BinaryData[name+".wasm"], module) {
		t.Errorf("%s is not the module, immutable", name)
	}
	app := deployment(t, objects, "imagehub-app")
	var volumes []core.Volume
	var mounts []core.VolumeMount
	const annotation = "consul.hashicorp.com/consul-sidecar-user-volume"
	strictly(t, "volumes", []byte(app.Spec.Template.Annotations[annotation]), &volumes)
	strictly(t, "mounts", []byte(app.Spec.Template.Annotations[annotation+"-mount"]), &mounts)
	if volumes[0].ConfigMap.Name != name || mounts[0].Name != volumes[0].Name || mounts[0].MountPath != "/imagehub" {
		t.Errorf("%v at %v", volumes, mounts)
	}
}

func TestTheApplicationIsReachedAndSetAsInCompose(t *testing.T) {
	objects := rendered(t, nil)
	for _, name := range []string{"imagehub-app", "redis"} {
		app := deployment(t, objects, name)
		annotations := app.Spec.Template.Annotations
		if annotations["consul.hashicorp.com/connect-service"] != name {
			t.Errorf("%s is called %v", name, annotations)
		}
		var service core.Service
		strictly(t, name, objects["Service "+name], &service)
		var account core.ServiceAccount
		strictly(t, name, objects["ServiceAccount "+name], &account)
		var claim core.PersistentVolumeClaim
		strictly(t, name, objects["PersistentVolumeClaim "+name], &claim)
		if !reflect.DeepEqual(service.Spec.Selector, app.Spec.Template.Labels) {
			t.Errorf("%v does not select %v", service.Spec.Selector, app.Spec.Template.Labels)
		}
	}
	settings := string(read(t, "imagehub-app/src/config.rs"))
	container := deployment(t, objects, "imagehub-app").Spec.Template.Spec.Containers[0]
	for _, variable := range container.Env {
		if !strings.Contains(settings, `env = "`+variable.Name+`"`) {
			t.Errorf("the application has no setting %s", variable.Name)
		}
	}
}

func TestTheEdgeIsTheOneOfTheConfigEntries(t *testing.T) {
	objects := rendered(t, nil)
	var edge gateway.Gateway
	strictly(t, "edge", objects["Gateway edge"], &edge)
	var theirs api.APIGatewayConfigEntry
	entry(t, "api-gateway", &theirs)
	if edge.Name != theirs.Name || int(edge.Spec.Listeners[0].Port) != theirs.Listeners[0].Port {
		t.Errorf("%+v", edge)
	}
	var route gateway.HTTPRoute
	strictly(t, "route", objects["HTTPRoute imagehub"], &route)
	text := string(read(t, "consul/config-entries/http-route.hcl"))
	rule := route.Spec.Rules[0]
	headers := rule.Filters[0].RequestHeaderModifier
	for _, set := range headers.Set {
		if !strings.Contains(text, `"`+string(set.Name)+`" = "`+set.Value+`"`) {
			t.Errorf("the mesh sets no %s to %s", set.Name, set.Value)
		}
	}
	if strings.Count(text, `"x-`) != len(headers.Set)+len(headers.Remove) {
		t.Errorf("%v %v", headers.Set, headers.Remove)
	}
	for _, name := range headers.Remove {
		if !strings.Contains(text, `"`+name+`"`) {
			t.Errorf("the mesh does not remove %s", name)
		}
	}
	var policy struct {
		Address struct {
			Header string `json:"header"`
			Peer   string `json:"trusted_peer"`
		} `json:"client_address"`
	}
	if err := json.Unmarshal(read(t, "consul/policy.json"), &policy); err != nil {
		t.Fatal(err)
	}
	if policy.Address.Header != string(headers.Set[0].Name) || policy.Address.Peer != "/svc/"+edge.Name {
		t.Errorf("the policy trusts %+v", policy.Address)
	}
	for _, filter := range rule.Filters[1:] {
		reference := string(filter.ExtensionRef.Kind) + " " + string(filter.ExtensionRef.Name)
		if objects[reference] == nil {
			t.Errorf("there is no %s", reference)
		}
	}
	var timeouts struct{ RequestTimeout, IdleTimeout string }
	spec(t, objects["RouteTimeoutFilter imagehub"], &timeouts)
	var retries struct {
		NumRetries            int
		RetryOn               []string
		RetryOnConnectFailure bool
	}
	spec(t, objects["RouteRetryFilter imagehub"], &retries)
	for _, said := range []string{timeouts.RequestTimeout, timeouts.IdleTimeout, retries.RetryOn[0]} {
		if !strings.Contains(text, `"`+said+`"`) {
			t.Errorf("the mesh does not say %s", said)
		}
	}
}

// What Consul's chart is given here; its own schema is not to be had as a package.
type values struct {
	Global struct {
		Name       string `json:"name"`
		Datacenter string `json:"datacenter"`
		Image      string `json:"image"`
		TLS        struct {
			Enabled           bool `json:"enabled"`
			EnableAutoEncrypt bool `json:"enableAutoEncrypt"`
		} `json:"tls"`
		ACLs struct {
			ManageSystemACLs bool `json:"manageSystemACLs"`
		} `json:"acls"`
	} `json:"global"`
	Server struct {
		Replicas int `json:"replicas"`
	} `json:"server"`
	ConnectInject struct {
		Enabled          bool `json:"enabled"`
		Default          bool `json:"default"`
		TransparentProxy struct {
			DefaultEnabled bool `json:"defaultEnabled"`
		} `json:"transparentProxy"`
		APIGateway struct {
			ManagedGatewayClass struct {
				ServiceType string `json:"serviceType"`
			} `json:"managedGatewayClass"`
		} `json:"apiGateway"`
	} `json:"connectInject"`
}

func TestTheChartInstallsTheTestedConsul(t *testing.T) {
	var found values
	strictly(t, "values.yaml", read(t, "deploy/kubernetes/values.yaml"), &found)
	if !strings.Contains(string(read(t, "docker/mesh.Dockerfile")), found.Global.Image) {
		t.Errorf("%s is not the Consul of compose", found.Global.Image)
	}
	if !strings.Contains(string(read(t, "consul/server.hcl")), `"`+found.Global.Datacenter+`"`) {
		t.Errorf("datacenter %s is not the mesh's", found.Global.Datacenter)
	}
}

func deployment(t *testing.T, objects map[string][]byte, name string) apps.Deployment {
	t.Helper()
	var found apps.Deployment
	strictly(t, name, objects["Deployment "+name], &found)
	return found
}

// alike compares what values say, however their numbers are kept.
func alike(t *testing.T, one, other any) bool {
	t.Helper()
	texts := [2][]byte{}
	for index, value := range []any{one, other} {
		text, err := yaml.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		texts[index] = text
	}
	return bytes.Equal(texts[0], texts[1])
}
