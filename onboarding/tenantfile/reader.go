package tenantfile

import (
	"fmt"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

// Limits of a file. A file of maxSize holds thousands of venues.
const (
	maxSize          = 4 << 20
	maxVisits        = 2_000_000 // nodes walked, aliases expanded
	maxMerges        = 16        // merge keys within merge keys
	maxOrganizations = 10_000    // in a file
	maxDiagnostics   = 1000      // kept of a file's form, and printed
)

// reader reads the nodes of one file and collects diagnostics.
type reader struct {
	file        string
	env         Environment
	diagnostics []Diagnostic
	visits      int
	org         *entry // the organization being read; nil outside
}

// entry holds the positions of an organization's fields.
type entry struct {
	at    path
	lines map[string]int // by field, relative to the organization
	bad   []string       // fields with a diagnostic about their form
}

// path is the path of a value: root is that of its organization, field the rest.
type path struct{ root, field string }

func (p path) String() string {
	if p.root == "" || p.field == "" {
		return p.root + p.field
	}
	return p.root + "." + p.field
}

func (p path) key(k string) path {
	if !plainKey.MatchString(k) {
		k = strconv.Quote(shown(k))
	}
	if p.field == "" {
		return path{p.root, k}
	}
	return path{p.root, p.field + "." + k}
}

func (p path) index(i int) path { return path{p.root, fmt.Sprintf("%s[%d]", p.field, i)} }

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// shown returns a value of the file, shortened for a message.
func shown(s string) string {
	if r := []rune(s); len(r) > 64 {
		return string(r[:64]) + "..."
	}
	return s
}

// refuse adds an error about the value at a path.
func (r *reader) refuse(at path, line int, rule, remedy, format string, args ...any) {
	if r.org != nil {
		r.org.bad = append(r.org.bad, at.field)
	}
	if len(r.diagnostics) >= maxDiagnostics {
		return
	}
	if at == (path{}) { // the document itself
		at.field = "organizations"
	}
	r.diagnostics = append(r.diagnostics, Diagnostic{File: r.file, Line: max(line, 1), Finding: onboarding.Finding{
		Severity: onboarding.SeverityError, Field: at.String(), Rule: rule, Message: fmt.Sprintf(format, args...),
		Remedy: remedy,
	}})
}

// mark records the line of a value.
func (r *reader) mark(at path, line int) {
	if r.org == nil {
		return
	}
	if _, known := r.org.lines[at.field]; !known {
		r.org.lines[at.field] = line
	}
}

// spent counts a node and reports whether the budget is used up. It adds an error once.
func (r *reader) spent(at path, n *yaml.Node) bool {
	r.visits++
	if r.visits == maxVisits {
		r.refuse(at, n.Line, "too-large", "write out what the aliases repeat, in several files",
			"the file is too large with its aliases expanded")
	}
	return r.visits >= maxVisits
}

// real returns the node that an alias refers to, or the node itself.
func (r *reader) real(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

type pair struct {
	key   string
	line  int
	value *yaml.Node
}

// pairs returns the keys and values of a mapping, each key once, with merge keys resolved: the
// mapping's own keys take precedence over merged ones, and the first of several merged mappings
// over the others.
func (r *reader) pairs(at path, n *yaml.Node) ([]pair, bool) {
	line := n.Line
	n = r.real(n)
	if n.Kind != yaml.MappingNode || n.ShortTag() != "!!map" {
		r.refuse(at, line, "wrong-type", "", "must be a mapping (key: value), not %s", kind(n))
		return nil, false
	}
	var pairs []pair
	seen := map[string]int{}
	r.collect(at, n, 0, seen, &pairs)
	return pairs, true
}

func (r *reader) collect(at path, n *yaml.Node, depth int, seen map[string]int, pairs *[]pair) {
	own := map[string]bool{}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		line := k.Line
		k = r.real(k)
		if r.spent(at, k) {
			return
		}
		switch {
		case k.ShortTag() == "!!merge":
			merges = append(merges, v)
			continue
		case k.Kind != yaml.ScalarNode || k.ShortTag() != "!!str":
			r.refuse(at, line, "wrong-type", "quote it if it is meant as a name", "a key must be text, not %s", kind(k))
			continue
		case own[k.Value]:
			r.refuse(at.key(k.Value), line, "duplicate-key", "keep one of them",
				"duplicate key, first given on line %d", seen[k.Value])
			continue
		}
		own[k.Value] = true
		if _, overridden := seen[k.Value]; overridden {
			continue
		}
		seen[k.Value] = line
		*pairs = append(*pairs, pair{k.Value, line, v})
	}
	for _, m := range merges {
		r.merge(at, m, depth+1, seen, pairs)
	}
}

func (r *reader) merge(at path, m *yaml.Node, depth int, seen map[string]int, pairs *[]pair) {
	line := m.Line
	m = r.real(m)
	switch {
	case r.spent(at, m):
	case depth > maxMerges:
		r.refuse(at, line, "merge", "write the keys out", "merge keys are nested too deeply or refer to themselves")
	case m.Kind == yaml.MappingNode:
		r.collect(at, m, depth, seen, pairs)
	case m.Kind == yaml.SequenceNode:
		for _, item := range m.Content {
			r.merge(at, item, depth+1, seen, pairs)
		}
	default:
		r.refuse(at, line, "merge", "", "a merge key (<<) takes a mapping or a list of mappings, not %s", kind(m))
	}
}

// list reads n as a list. An empty value is an empty list, as a list is with every item commented
// out.
func (r *reader) list(at path, n *yaml.Node, item func(at path, n *yaml.Node)) {
	line := n.Line
	n = r.real(n)
	if isNull(n) {
		return
	}
	if n.Kind != yaml.SequenceNode || n.ShortTag() != "!!seq" {
		r.refuse(at, line, "wrong-type", "", "must be a list, not %s", kind(n))
		return
	}
	for i, v := range n.Content {
		if r.spent(at, v) {
			return
		}
		r.mark(at.index(i), v.Line)
		item(at.index(i), v)
	}
}
