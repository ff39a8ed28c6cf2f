package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// quoted matches a word in backquotes; linked matches the target of a Markdown link.
var (
	quoted = regexp.MustCompile("`([^` ]+)`")
	linked = regexp.MustCompile(`\]\(([^)# ]+)`)
)

// TestPathsInGuides fails when a guide names a file or folder that does not exist.
func TestPathsInGuides(t *testing.T) {
	for name, least := range map[string]int{
		".github/CONTRIBUTING.md": 25, ".github/SECURITY.md": 0, ".github/CHANGELOG.md": 2, "README.md": 0,
	} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		found := pathsIn(string(text))
		if len(found) < least {
			t.Errorf("%s: only %d paths found, want %d or more: %q", name, len(found), least, found)
		}
		for _, p := range found {
			if _, err := os.Stat(filepath.Join(root, p)); err != nil {
				t.Errorf("%s names %s: %v", name, p, err)
			}
		}
	}
}

// pathsIn returns the words in backquotes and the link targets that begin with a top-level entry
// of the repository. Commands, routes and URLs do not.
func pathsIn(markdown string) (paths []string) {
	for _, expression := range []*regexp.Regexp{quoted, linked} {
		for _, match := range expression.FindAllStringSubmatch(markdown, -1) {
			first, _, _ := strings.Cut(match[1], "/")
			if slices.Contains(topLevel, first) {
				paths = append(paths, match[1])
			}
		}
	}
	return paths
}

func TestPathsIn(t *testing.T) {
	got := pathsIn("`profiles/ios.go`, `/docs`, `onramp apply`, [guide](.github/SECURITY.md#scope), " +
		"`https://go.dev`, `go.mod`")
	if want := []string{"profiles/ios.go", "go.mod", ".github/SECURITY.md"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
