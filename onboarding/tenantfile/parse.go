package tenantfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"onramp/certs"
	"onramp/onboarding"
)

// Environment holds the functions that reading a file depends on.
type Environment struct {
	// ReadFile returns the content of a file that the YAML names; a relative name is relative to
	// the YAML file. Diagnostics show its error.
	ReadFile func(name string) ([]byte, error)
	// Seal seals an access point's RADIUS secret. Diagnostics show its error, which must not hold
	// the secret.
	Seal func(hotspotID string, secret []byte) (onboarding.Sealed, error)
	// SealKey seals the key of a controller with an API, in the same way.
	SealKey func(key []byte) (onboarding.Sealed, error)
}

// File holds the organizations of one file, as far as they could be read.
type File struct {
	Name          string
	Organizations []*onboarding.Organization // with every default filled in
	Diagnostics   []Diagnostic               // about the form only
	entries       []*entry                   // of each organization
	full          bool                       // the file has more than maxOrganizations
}

// Parse reads a file of organizations: one or more YAML documents, each with the one key
// `organizations`. It never fails as a whole. If the file has Diagnostics, its Organizations may be
// checked but must not be applied.
func Parse(name string, data []byte, env Environment) *File {
	f := &File{Name: name}
	r := &reader{file: name, env: env}
	data = certs.Text(data)
	if r.readable(data) {
		f.read(r, fromJSON(data))
	}
	f.Diagnostics = r.diagnostics
	return f
}

func (f *File) read(r *reader, data []byte) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	documents := 0
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.syntax(data, err)
			return
		}
		if document.Kind != yaml.DocumentNode || len(document.Content) == 0 || isNull(document.Content[0]) {
			continue // only comments
		}
		documents++
		f.document(r, document.Content[0])
	}
	if documents == 0 {
		r.refuse(path{field: "organizations"}, 1, "empty", "write `organizations:` and a list below it",
			"is missing: the file is empty")
	}
}

func (f *File) document(r *reader, n *yaml.Node) {
	top := path{}
	found := false
	ok := r.mapping(top, n, topKeys(func(r *reader, at path, n *yaml.Node) {
		found = true
		if isNull(r.real(n)) {
			r.refuse(at, n.Line, "no-value", "", "has no value")
			return
		}
		r.list(at, n, func(at path, n *yaml.Node) {
			if len(f.Organizations) >= maxOrganizations {
				if !f.full {
					f.full = true
					r.refuse(at, n.Line, "too-large", "split the file",
						"is beyond the limit of %d organizations in a file", maxOrganizations)
				}
				return
			}
			r.org = &entry{at: path{root: at.String()}, lines: map[string]int{"": n.Line}}
			f.entries = append(f.entries, r.org)
			f.Organizations = append(f.Organizations, r.organization(r.org.at, n))
			r.org = nil
		})
	}))
	if ok && !found {
		r.refuse(path{field: "organizations"}, n.Line, "missing", "", "is missing")
	}
}

// topKeys is the table of a document's keys, whose organizations read reads.
func topKeys(read func(r *reader, at path, n *yaml.Node)) keys {
	all := list(new([]onboarding.Organization), organizationKeys).needed()
	all.read = read
	return keys{{"organizations", all, "The organizations (tenants). `apply` replaces each of them as a whole and " +
		"leaves all others unchanged."}}
}

// readable refuses files that are too large or hold bytes outside YAML. It runs before the parser,
// which would report them without a line.
func (r *reader) readable(data []byte) bool {
	if len(data) > maxSize {
		r.refuse(path{field: "organizations"}, 1, "too-large", "split it", "the file is larger than %d MiB",
			maxSize>>20)
		return false
	}
	line := 1
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			r.refuse(whereabouts(bytes.SplitAfter(data, []byte("\n")), line), line, "encoding",
				"save the file as UTF-8", "the file is not UTF-8 at byte %d", i)
			return false
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r', c >= 0x7f && c < 0xa0 && c != 0x85, c == 0xfffe,
			c == 0xffff, c == 0xfeff && i > 0:
			r.refuse(whereabouts(bytes.SplitAfter(data, []byte("\n")), line), line, "encoding",
				fmt.Sprintf(`write it as "\u%04X" in double quotes if it is meant`, c),
				"holds U+%04X, a character that YAML does not allow", c)
			return false
		case c == '\n':
			line++
		}
		i += size
	}
	return true
}

// diagnostic adds to a finding about the i-th organization its position: the line of its field or,
// if the file does not have the field, of the closest one around it.
func (f *File) diagnostic(i int, finding onboarding.Finding) Diagnostic {
	e := f.entries[i]
	d := Diagnostic{File: f.Name, Line: e.lines[""], Finding: finding}
	for field := finding.Field; field != ""; field = parent(field) {
		if line, ok := e.lines[field]; ok {
			d.Line = line
			break
		}
	}
	d.Field = path{e.at.root, finding.Field}.String()
	return d
}

// parent returns a field without its last key or index.
func parent(field string) string { return field[:max(strings.LastIndexAny(field, ".["), 0)] }

// explained reports whether a diagnostic about the form already explains the finding: it is about
// the same field, one around it or one within it. Warnings are explained by any error in the form
// of the organization, which is then not the intended one.
func (f *File) explained(i int, finding onboarding.Finding) bool {
	if len(f.entries[i].bad) > 0 && finding.Severity != onboarding.SeverityError {
		return true
	}
	for _, bad := range f.entries[i].bad {
		if within(finding.Field, bad) || within(bad, finding.Field) {
			return true
		}
	}
	return false
}

func within(inner, outer string) bool {
	return outer == "" || inner == outer || strings.HasPrefix(inner, outer+".") || strings.HasPrefix(inner, outer+"[")
}
