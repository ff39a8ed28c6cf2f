package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDependenciesHaveReasons compares the README's list with the direct requirements of go.mod.
func TestDependenciesHaveReasons(t *testing.T) {
	module, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	var required []string
	for _, match := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(module), -1) {
		required = append(required, match[1]) // indirect ones have a comment after the version
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## Dependencies\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var listed []string
	for _, row := range regexp.MustCompile(`(?m)^\| ([a-z].*?) \| (.+) \|$`).FindAllStringSubmatch(section, -1) {
		for module := range strings.SplitSeq(row[1], ", ") {
			name, _, _ := strings.Cut(module, " ") // a year may follow
			if strings.Contains(name, ".") {
				listed = append(listed, name)
			}
		}
	}
	if len(required) < 10 {
		t.Fatalf("only %d direct requirements found in go.mod", len(required))
	}
	slices.Sort(listed)
	slices.Sort(required)
	for _, name := range required {
		if !slices.Contains(listed, name) {
			t.Errorf("README.md gives no reason for %s", name)
		}
	}
	for _, name := range listed {
		if !slices.Contains(required, name) {
			t.Errorf("README.md lists %s, which go.mod does not require directly", name)
		}
	}
}
