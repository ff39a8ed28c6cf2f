package sbom

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// Folders are the folders that hold the texts of licences.
type Folders struct {
	Project string            // this repository
	Go      string            // GOROOT
	Modules map[string]string // by "path@version"
}

// noticeFiles matches the files whose texts accompany a distributed program.
var noticeFiles = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([._-].*)?$`)

// WriteNotices writes the licence texts of all software in the builds, each module once. It returns
// an error, before it writes anything, for a module without a known licence, folder or text.
func WriteNotices(w io.Writer, folders Folders, builds ...*debug.BuildInfo) error {
	modules := map[string]*debug.Module{}
	for _, build := range builds {
		for _, m := range build.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			modules[m.Path+"@"+m.Version] = m
		}
	}
	parts := []part{
		{"onramp", ownLicence, folders.Project},
		{"Go", goLicence, folders.Go},
		{"swagger-ui-dist@" + swaggerUI.Version, "Apache-2.0",
			filepath.Join(folders.Project, "templates", "docs", "swagger-ui")},
	}
	for name, m := range modules {
		parts = append(parts, part{name, licences[m.Path], folders.Modules[name]})
	}
	slices.SortFunc(parts[1:], func(a, b part) int { return strings.Compare(a.name, b.name) })
	var out strings.Builder
	fmt.Fprintln(&out, "Onramp and the software that its programs contain, with their licences.")
	for _, p := range parts {
		if err := p.write(&out); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// part is a piece of software with a licence.
type part struct{ name, licence, folder string }

func (p part) write(out *strings.Builder) error {
	if p.licence == "" {
		return fmt.Errorf("%s: no licence is known: add it to the list in onboarding/sbom/licence.go", p.name)
	}
	if p.folder == "" {
		return fmt.Errorf("%s: its folder is not known: run `go mod download`", p.name)
	}
	entries, err := os.ReadDir(p.folder)
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	fmt.Fprintf(out, "\n%s\n%s (%s)\n", strings.Repeat("=", 100), p.name, p.licence)
	texts := 0
	for _, e := range entries {
		if e.IsDir() || !noticeFiles.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(p.folder, e.Name()))
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintf(out, "%s\n%s:\n\n%s\n", strings.Repeat("-", 100), e.Name(), strings.TrimRight(string(text), "\n"))
		texts++
	}
	if texts == 0 {
		return fmt.Errorf("%s: %w in %s", p.name, errNoText, p.folder)
	}
	return nil
}

var errNoText = errors.New("no licence text")
