// Parses the documents that `hub bench filter` writes with the types of the Service Mesh Performance
// specification. A member that they do not know is an error, and so is an identifier that leads nowhere.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	smp "github.com/layer5io/service-mesh-performance/spec"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

func main() {
	if err := check(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return err
	}
	known := map[string]bool{}
	var results []*smp.PerformanceTestResult
	for _, file := range files {
		document := kind(filepath.Base(file))
		if document == nil {
			return fmt.Errorf("%s: no document of the specification has this name", file)
		}
		bytes, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := (protojson.UnmarshalOptions{DiscardUnknown: false}).Unmarshal(bytes, document); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if result, ok := document.(*smp.PerformanceTestResult); ok {
			results = append(results, result)
		} else {
			known[document.(interface{ GetId() string }).GetId()] = true
		}
		fmt.Println(filepath.Base(file), "is a", document.ProtoReflect().Descriptor().Name())
	}
	if len(results) == 0 {
		return fmt.Errorf("%s: there is no result", folder)
	}
	for _, result := range results {
		for _, id := range []string{result.TestId, result.MeshConfigId, result.EnvId} {
			if !known[id] {
				return fmt.Errorf("result %s: there is no document %q", result.Id, id)
			}
		}
	}
	return nil
}

func kind(name string) proto.Message {
	switch part, _, _ := strings.Cut(strings.TrimSuffix(name, ".json"), "-"); part {
	case "test":
		return &smp.PerformanceTestConfig{}
	case "mesh":
		return &smp.ServiceMeshConfig{}
	case "environment":
		return &smp.EnvironmentConfig{}
	case "result":
		return &smp.PerformanceTestResult{}
	}
	return nil
}
