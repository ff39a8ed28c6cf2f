package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// testNames returns the names of all tests and fuzz targets of the project.
func testNames(t *testing.T) []string {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Z]\w*)\(`)
	var names []string
	eachText(t, func(name string, text []byte) {
		if strings.HasSuffix(name, "_test.go") {
			for _, found := range declared.FindAllSubmatch(text, -1) {
				names = append(names, string(found[1]))
			}
		}
	})
	return names
}

// TestThreatModel checks that each attack of the threat model and each of the OWASP API Security
// Top 10 names tests, and that these exist.
func TestThreatModel(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "onboarding/threats.go"))
	if err != nil {
		t.Fatal(err)
	}
	known := testNames(t)
	named := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)
	section, owasp := "", 0
	for part := range strings.SplitSeq(string(text), "//   - ") {
		item, rest, _ := strings.Cut(part, "\n//\n")
		if strings.HasPrefix(section, "Attacks") || strings.HasPrefix(section, "OWASP") {
			if !named.MatchString(item) {
				t.Errorf("%s: no test is named in %q", section, item)
			}
			if strings.HasPrefix(item, "API") {
				owasp++
			}
		}
		for _, name := range named.FindAllString(item, -1) {
			if !slices.Contains(known, name) {
				t.Errorf("%s: there is no test %s", section, name)
			}
		}
		for line := range strings.Lines(rest) {
			if heading, found := strings.CutPrefix(line, "// # "); found {
				section = strings.TrimSpace(heading)
			}
		}
	}
	if owasp != 10 || section != "What remains" {
		t.Errorf("%d items of the OWASP list, last section %q", owasp, section)
	}
}
