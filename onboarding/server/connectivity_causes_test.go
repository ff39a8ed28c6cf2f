package server

import (
	"io/fs"
	"strings"
	"testing"

	"onramp/onboarding/connectivity"
	"onramp/templates"
)

// TestCauses checks that the guide and the API's description list every cause once.
func TestCauses(t *testing.T) {
	guide, err := fs.ReadFile(templates.Docs, "guides/connectivity.md")
	if err != nil {
		t.Fatal(err)
	}
	document, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	schema := document.Components.Schemas["ConnectivityCause"].Value
	if n := len(connectivity.Causes()); len(schema.Enum) != n {
		t.Errorf("the description has %d causes, want %d", len(schema.Enum), n)
	}
	for _, cause := range connectivity.Causes() {
		if strings.Count(string(guide), "| `"+string(cause)+"` |") < 1 {
			t.Errorf("the guide has no row for %s", cause)
		}
		if strings.Count(schema.Description, "- `"+string(cause)+"` - ") != 1 {
			t.Errorf("the description has no line for %s", cause)
		}
	}
}
