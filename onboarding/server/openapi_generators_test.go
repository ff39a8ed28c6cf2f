package server

import (
	"testing"

	"go.yaml.in/yaml/v3"
)

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
