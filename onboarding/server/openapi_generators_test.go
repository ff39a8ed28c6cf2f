package server

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// TestOpenAPIClient generates package client from the served document and compares it with the
// committed file.
func TestOpenAPIClient(t *testing.T) {
	document, err := openAPIDocument("https://wifi.example.com")
	if err != nil {
		t.Fatal(err)
	}
	served := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := os.WriteFile(served, document, 0o600); err != nil {
		t.Fatal(err)
	}
	const folder = "../client"
	committed := filepath.Join(folder, "api.gen.go")
	got, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	generate := exec.CommandContext(t.Context(), "go", "tool", "oapi-codegen", "-config", "generate.yaml", served)
	generate.Dir = folder
	want, err := generate.Output()
	if err != nil {
		t.Fatalf("%v: %v", generate, err)
	}
	if *update {
		if err := os.WriteFile(committed, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if difference := cmp.Diff(string(want), string(got)); difference != "" {
		t.Errorf("%s: run go test ./onboarding/server -run OpenAPIClient -update\n-served +committed\n%s", committed,
			difference)
	}
}

// TestFoundEForms holds the document to forms that client generators and linters take: one type
// for each schema besides null, items for each array, a type for each constant, a discriminator for
// each choice of objects, and no name that two kinds of components share.
func TestFoundEForms(t *testing.T) {
	document, err := openAPIDocument("https://wifi.example.com")
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := yaml.Unmarshal(document, &root); err != nil {
		t.Fatal(err)
	}
	checkForms(t, "", root)
	owner := map[string]string{}
	for kind, named := range root["components"].(map[string]any) {
		if kind != "schemas" && kind != "parameters" {
			continue
		}
		for name := range named.(map[string]any) {
			if other := owner[name]; other != "" {
				t.Errorf("%s is the name of one of the %s and of one of the %s", name, other, kind)
			}
			owner[name] = kind
		}
	}
}

func checkForms(t *testing.T, path string, value any) {
	t.Helper()
	switch v := value.(type) {
	case []any:
		for _, inner := range v {
			checkForms(t, path+"[]", inner)
		}
	case map[string]any:
		for name, inner := range v {
			if name != "example" && name != "examples" {
				checkForms(t, path+"/"+name, inner)
			}
		}
		if types, ok := v["type"].([]any); ok && (len(types) != 2 || types[1] != "null") {
			t.Errorf("%s has the types %v", path, types)
		}
		if v["type"] == "array" && v["items"] == nil {
			t.Errorf("%s has no items", path)
		}
		if v["const"] != nil && v["type"] == nil {
			t.Errorf("%s has a constant without a type", path)
		}
		choices, _ := v["oneOf"].([]any)
		for _, choice := range choices {
			if c, ok := choice.(map[string]any); ok && c["type"] == "null" {
				return
			}
		}
		if len(choices) > 0 && v["discriminator"] == nil {
			t.Errorf("%s has a choice without a discriminator", path)
		}
	}
}
