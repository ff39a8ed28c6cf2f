package judgetest

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

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
