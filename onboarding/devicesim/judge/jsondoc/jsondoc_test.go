package jsondoc

import (
	"strings"
	"testing"
)

// TestJSONErrors checks what the reader reports about documents that it refuses.
func TestJSONErrors(t *testing.T) {
	for doc, want := range map[string]string{
		`{"a":{"b":1,"b":2}}`: "member b twice", `{"a":1,"\u0061":"secret"}`: "member a twice", `{"a~/b":1,"a~/b":1}`: "member a~/b twice",
		`{"password":"secret}`: "not JSON", `{"a":secret}`: "not JSON", `[1,]`: "not JSON", `{"a":1,}`: "not JSON", `[`: "not JSON", ``: "not JSON", "\"\xff\"": "not JSON",
		`{} {}`: "text after the end", `[1}`: "not JSON",
		strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2): errTooBig.Error(),
		"[" + strings.Repeat("0,", maxValues) + "0]":                      errTooBig.Error(),
	} {
		if v, err := Read([]byte(doc)); v != nil || err == nil || err.Error() != want {
			t.Errorf("%.40s: %v, want %s", doc, err, want)
		}
	}
}
