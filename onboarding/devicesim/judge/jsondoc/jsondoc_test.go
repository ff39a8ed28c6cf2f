package jsondoc

import (
	"strings"
	"testing"
)

// TestJSONErrors checks the errors for documents that the reader refuses.
func TestJSONErrors(t *testing.T) {
	for doc, want := range map[string]string{
		`{"a":{"b":1,"b":2}}`: "duplicate member b", `{"a":1,"\u0061":"secret"}`: "duplicate member a",
		`{"a~/b":1,"a~/b":1}`:  "duplicate member a~/b",
		`{"password":"secret}`: "not JSON", `{"a":secret}`: "not JSON", `[1,]`: "not JSON", `{"a":1,}`: "not JSON",
		`[`: "not JSON", ``: "not JSON", "\"\xff\"": "not JSON",
		`{} {}`: "text after the value", `[1}`: "not JSON",
		strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2): errTooBig.Error(),
		"[" + strings.Repeat("0,", maxValues) + "0]":                      errTooBig.Error(),
	} {
		if v, err := Read([]byte(doc)); v != nil || err == nil || err.Error() != want {
			t.Errorf("%.40s: %v, want %s", doc, err, want)
		}
	}
}
