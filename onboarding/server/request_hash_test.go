package server

import (
	"crypto/sha256"
	"testing"
)

// TestRequestHash: body and deduplication both count.
func TestRequestHash(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range []string{"{}", "{ }"} {
		for _, d := range [][]string{nil, {"email"}, {"email", "guid"}} {
			seen[requestHash(sha256.Sum256([]byte(b)), d)] = true
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d hashes of 6 requests", len(seen))
	}
}
