package main_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	commentWidth = 100
	lineWidth    = 120
	tabWidth     = 4
)

// retired are words whose rate in comments is limited: uses per 10,000 words must stay below most.
var retired = []struct {
	name string
	uses *regexp.Regexp
	most int
}{
	{"what", regexp.MustCompile(`(?i)\bwhat\b`), 15},
	{"say, tell", regexp.MustCompile(`(?i)\b(say|says|said|tell|tells|told)\b`), 10},
	{"he, whoever", regexp.MustCompile(`(?i)\b(he|his|him|whoever|nobody)\b`), 3},
}

// TestWords limits the rate of retired words in the comments of all Go files, tests included.
func TestWords(t *testing.T) {
	words := 0
	places := make([][]string, len(retired))
	eachText(t, func(name string, text []byte) {
		if !strings.HasSuffix(name, ".go") {
			return
		}
		for _, line := range commentLines(t, name, text) {
			words += len(strings.Fields(line.text))
			for i, r := range retired {
				for range r.uses.FindAllString(line.text, -1) {
					places[i] = append(places[i], fmt.Sprintf("%s:%d: %s", name, line.number, line.text))
				}
			}
		}
	})
	if words < 10_000 {
		t.Fatalf("only %d words of comments were found", words)
	}
	for i, r := range retired {
		if rate := len(places[i]) * 10_000 / words; rate >= r.most {
			t.Errorf("%s: %d per 10,000 words, want less than %d:\n%s",
				r.name, rate, r.most, strings.Join(places[i], "\n"))
		}
	}
}

// TestWidths limits comments to 100 columns and other lines of Go, Markdown and YAML to 120.
func TestWidths(t *testing.T) {
	files := 0
	eachText(t, func(name string, text []byte) {
		files++
		for _, fault := range tooWide(t, name, text) {
			t.Error(fault)
		}
	})
	if files < 300 {
		t.Fatalf("only %d files were found", files)
	}
}

// tooWide returns the lines of a file that exceed their width. Rows of Markdown tables and lines
// that only a URL makes too wide are allowed.
func tooWide(t *testing.T, name string, text []byte) (faults []string) {
	t.Helper()
	limits := map[int]int{}
	if strings.HasSuffix(name, ".go") {
		for _, line := range commentLines(t, name, text) {
			if line.whole {
				limits[line.number] = commentWidth
			}
		}
	}
	for i, line := range strings.Split(string(text), "\n") {
		limit := lineWidth
		if narrower, ok := limits[i+1]; ok {
			limit = narrower
		}
		table := strings.HasSuffix(name, ".md") && strings.HasPrefix(line, "|")
		if width := columns(line); width > limit && !table && columns(urls.ReplaceAllString(line, "")) > limit {
			faults = append(faults, fmt.Sprintf("%s:%d: %d columns, at most %d", name, i+1, width, limit))
		}
	}
	return faults
}

var urls = regexp.MustCompile(`https?://[^\s)"` + "`" + `]+`)

func columns(line string) int {
	return utf8.RuneCountInString(line) + (tabWidth-1)*strings.Count(line, "\t")
}

// A commentLine is one line of a comment; whole if no code precedes it on its line.
type commentLine struct {
	number int
	text   string
	whole  bool
}

// commentLines returns the lines of a Go file's comments, without those of directives.
func commentLines(t *testing.T, name string, text []byte) (all []commentLine) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	source := strings.Split(string(text), "\n")
	for _, group := range file.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:") || strings.HasPrefix(c.Text, "//nolint:") {
				continue
			}
			first := files.Position(c.Pos())
			for i, line := range strings.Split(c.Text, "\n") {
				whole := i > 0 || strings.TrimSpace(source[first.Line-1][:first.Column-1]) == ""
				all = append(all, commentLine{first.Line + i, strings.Trim(line, "/* \t"), whole})
			}
		}
	}
	return all
}

// eachText calls visit with the Go, Markdown and YAML files of the repository, except generated
// files, those under testdata and minified ones.
func eachText(t *testing.T, visit func(name string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if entry.IsDir() {
			top := name != "." && !strings.Contains(name, "/")
			if entry.Name() == "testdata" || name == ".git" || top && !slices.Contains(topLevel, name) {
				return filepath.SkipDir
			}
			return nil
		}
		if !slices.Contains([]string{".go", ".md", ".yml", ".yaml"}, filepath.Ext(name)) ||
			strings.Contains(name, ".min.") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || generated.Match(text) {
			return err
		}
		visit(name, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func TestTooWide(t *testing.T) {
	wide := func(n int) string { return strings.Repeat("x ", n/2)[:n-1] + "x" }
	for _, tt := range []struct {
		name, text string
		faults     int
	}{
		{"a.go", "package a\n\n// " + wide(97) + "\n", 0},
		{"a.go", "package a\n\n// " + wide(98) + "\n", 1},
		{"a.go", "package a\n\nfunc f() {\n\t// " + wide(94) + "\n}\n", 1},
		{"a.go", "package a\n\nvar a = 1 // " + wide(107) + "\n", 0},
		{"a.go", "package a\n\nvar a = 1 // " + wide(108) + "\n", 1},
		{"a.go", "package a\n\n/*\n" + wide(101) + "\n*/\n", 1},
		{"a.go", "package a\n\n// https://example.com/" + strings.Repeat("x", 100) + "\n", 0},
		{"a.go", "package a\n\n//go:embed " + wide(100) + "\n", 0},
		{"a.yaml", "a: " + wide(118) + "\n# é" + wide(117) + "\n", 1},
		{"a.md", wide(121) + "\n| " + wide(200) + " |\n", 1},
	} {
		if faults := tooWide(t, tt.name, []byte(tt.text)); len(faults) != tt.faults {
			t.Errorf("%q: %q, want %d faults", tt.text, faults, tt.faults)
		}
	}
}

func TestRetiredWords(t *testing.T) {
	const text = "package a\n\n// What he said: whatever.\nvar a = `say` // She told nobody,\n/* and tells\n" +
		"\"what\" */\n"
	counts := make([]int, len(retired))
	for _, line := range commentLines(t, "a.go", []byte(text)) {
		for i, r := range retired {
			counts[i] += len(r.uses.FindAllString(line.text, -1))
		}
	}
	if want := []int{2, 3, 2}; !slices.Equal(counts, want) {
		t.Errorf("%d, want %d", counts, want)
	}
}
