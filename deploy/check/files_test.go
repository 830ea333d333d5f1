package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	bytes, err := os.ReadFile(filepath.Join("..", "..", path))
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// documents are the YAML documents of a text.
func documents(text []byte) [][]byte {
	var found [][]byte
	for _, document := range strings.Split("\n"+string(text), "\n---\n") {
		found = append(found, []byte(document+"\n"))
	}
	return found
}

// strictly reads YAML into a value: no unknown member, none twice.
func strictly(t *testing.T, name string, text []byte, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// head is what every Kubernetes object begins with.
type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

func headOf(t *testing.T, text []byte) head {
	t.Helper()
	var found head
	if err := yaml.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	return found
}
