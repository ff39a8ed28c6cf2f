package terminal

import (
	"testing"
	"time"
)

// TestLines checks the lines of a progress in items, in bytes, and in bytes of an unknown number.
func TestLines(t *testing.T) {
	for got, want := range map[string]string{
		Line(25, 100, 5*time.Second):          "25 of 100 (25%), 5 a second, 15s left",
		partLine(25, 300, 400, 5*time.Second): "75%, 25 rows, 5 a second, 2s left",
		partLine(25, 300, 0, 5*time.Second):   "25 rows, 5 a second",
		partLine(0, 0, 400, 0):                "0 rows, 0 a second",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
