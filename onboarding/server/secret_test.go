package server

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

// TestSecretAtOnce: simultaneous requests for a secret return the same one, also the first
// time.
func TestSecretAtOnce(t *testing.T) {
	h := newHouse(t)
	for round := range 20 {
		var wait sync.WaitGroup
		got := make([][]byte, 16)
		for i := range got {
			wait.Go(func() {
				var err error
				if got[i], err = h.service.Access.Secret(t.Context(), fmt.Sprint("secret ", round), 32); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		for _, s := range got {
			if !bytes.Equal(s, got[0]) {
				t.Fatalf("round %d: several secrets", round)
			}
		}
	}
}
