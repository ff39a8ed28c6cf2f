// Package process helps tests that start real programs: it finds a program or skips the test,
// chooses free ports, and collects the output of a process that still writes.
package process

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// Required reports whether a missing program must fail a test: ONRAMP_TEST_REQUIRE is "all".
func Required() bool { return os.Getenv("ONRAMP_TEST_REQUIRE") == "all" }

// Missing skips the test, or fails it when Required, because a part of the machine is missing.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if Required() {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Require returns the path of the last of the programs. It skips the test if one is not
// installed, or fails it when Required.
func Require(t testing.TB, programs ...string) string {
	t.Helper()
	path := ""
	for _, name := range programs {
		var err error
		if path, err = exec.LookPath(name); err != nil {
			Missing(t, "%s is not installed", name)
		}
	}
	return path
}

// Buffer collects the output of a process while the test reads it. Its methods are safe for
// concurrent use.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends p.
func (l *Buffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns everything written until now.
func (l *Buffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
