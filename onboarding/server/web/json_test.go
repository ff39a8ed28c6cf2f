package web

import (
	"bytes"
	"strings"
	"testing"
)

// TestFoundF1Skipping: a body that is all ignored members costs a fixed part of its size in memory,
// not a multiple.
func TestFoundF1Skipping(t *testing.T) {
	raw := []byte(`{"ignored":[` + strings.Repeat("[],", 8000) + `[]],"clientKey":"k"}`)
	type login struct {
		ClientKey    string `json:"clientKey"`
		ClientSecret string `json:"clientSecret"`
	}
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if _, err := Decode[login](bytes.Clone(raw)); err != nil {
				b.Fatal(err)
			}
		}
	})
	if each := result.AllocedBytesPerOp(); each > int64(2*len(raw)) {
		t.Errorf("%d bytes for a body of %d", each, len(raw))
	}
}
