package judgetest

import (
	"bytes"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// Require returns the path of a program. If it is missing, the test is skipped, or fails if
// ONRAMP_TEST_REQUIRE is "all".
func Require(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("ONRAMP_TEST_REQUIRE") == "all" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// Validate returns which files a schema allows.
func Validate(t *testing.T, xmllint, schema string, files map[string][]byte) map[string]bool {
	t.Helper()
	dir := t.TempDir()
	args := []string{"--noout", "--nonet", "--schema", schema}
	for name, file := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	// xmllint exits with an error if any file is invalid.
	out, _ := exec.CommandContext(t.Context(), xmllint, args...).CombinedOutput()
	valid := map[string]bool{}
	for name := range files {
		valid[name] = bytes.Contains(out, []byte(filepath.Join(dir, name)+" validates\n"))
	}
	if !slices.Contains(slices.Collect(maps.Values(valid)), true) {
		t.Fatalf("xmllint finds nothing valid: %.2000s", out)
	}
	return valid
}

// FreePort returns a free UDP port of the loopback address.
func FreePort(t *testing.T) int {
	t.Helper()
	var config net.ListenConfig
	c, err := config.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return c.LocalAddr().(*net.UDPAddr).Port
}
