package process

import (
	"testing"

	"onramp/onboarding/ports"
)

// FreePort returns a port of the loopback address that is free for TCP and UDP at this moment.
func FreePort(t testing.TB) int {
	t.Helper()
	port, err := ports.Free()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// FreeAddress returns the loopback address with a port of FreePort.
func FreeAddress(t testing.TB) string {
	t.Helper()
	return ports.Loopback(FreePort(t))
}
