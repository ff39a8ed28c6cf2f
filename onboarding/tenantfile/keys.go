package tenantfile

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// keys is the table of a mapping's keys. It serves reading, export, the diagnostics about unknown
// keys, the JSON Schema and the reference page. A mapping is exported and read in the order of its
// table, whatever the order in the file, so that a value may depend on the values before it.
type keys []key

type key struct {
	name string
	value
	about string // the meaning, in sentences of Markdown
}

// value reads and writes the value of a key.
type value struct {
	read  func(r *reader, at path, n *yaml.Node)
	write func() *yaml.Node // nil for a value that the export leaves out
	inner func() keys       // the table of the mapping, or of each mapping of the list; nil for other values
	form  form
}

// names returns the keys in the order of the table.
func (t keys) names() []string {
	names := make([]string, len(t))
	for i, k := range t {
		names[i] = k.name
	}
	return names
}

// node returns the mapping for export.
func (t keys) node(style yaml.Style) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: style}
	for _, k := range t {
		if v := k.write(); v != nil {
			n.Content = append(n.Content, textNode(k.name), v)
		}
	}
	return n
}

// block is a mapping inside another one; the export leaves an empty one out.
func block(t keys) value { return mapping(0, t) }

// flow is a block that the export writes on one line.
func flow(t keys) value { return mapping(yaml.FlowStyle, t) }

func mapping(style yaml.Style, t keys) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) { r.mapping(at, n, t) },
		write: func() *yaml.Node {
			if n := t.node(style); len(n.Content) > 0 {
				return n
			}
			return nil
		},
		inner: func() keys { return t },
		form:  form{kind: kindMapping},
	}
}

// optional is a mapping that is set when its key is given.
func optional[T any](to **T, table func(*T) keys) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			*to = new(T)
			r.mapping(at, n, table(*to))
		},
		write: func() *yaml.Node {
			if *to == nil {
				return nil
			}
			return table(*to).node(0)
		},
		inner: func() keys { return table(new(T)) },
		form:  form{kind: kindMapping},
	}
}

// list is a list of mappings; the export leaves an empty one out.
func list[T any](to *[]T, table func(*T) keys) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			r.list(at, n, func(at path, n *yaml.Node) {
				var item T
				r.mapping(at, n, table(&item))
				*to = append(*to, item)
			})
		},
		write: func() *yaml.Node {
			var items []*yaml.Node
			for i := range *to {
				items = append(items, table(&(*to)[i]).node(0))
			}
			return listNode(0, items)
		},
		inner: func() keys { return table(new(T)) },
		form:  form{kind: kindMappings},
	}
}

// listNode returns a list for export, or nil if it is empty.
func listNode(style yaml.Style, items []*yaml.Node) *yaml.Node {
	if len(items) == 0 {
		return nil
	}
	return &yaml.Node{Kind: yaml.SequenceNode, Style: style, Content: items}
}

// mapping reads n as a mapping with the keys of the table and no others. It reports whether n is a
// mapping.
func (r *reader) mapping(at path, n *yaml.Node, table keys) bool {
	pairs, ok := r.pairs(at, n)
	given := map[string]pair{}
	for _, p := range pairs {
		given[p.key] = p
	}
	for _, k := range table {
		if p, is := given[k.name]; is {
			delete(given, k.name)
			r.mark(at.key(k.name), p.line)
			k.read(r, at.key(k.name), p.value)
		}
	}
	for _, p := range pairs {
		if _, unknown := given[p.key]; unknown {
			r.unknown(at, p, table)
		}
	}
	return ok
}

func (r *reader) unknown(at path, p pair, table keys) {
	names := table.names()
	remedy := "known here: " + strings.Join(names, ", ")
	if meant := nearest(p.key, names); meant != "" {
		remedy = fmt.Sprintf("did you mean %q?", meant)
		if r.org != nil { // the key that was meant is then not reported as missing
			r.org.bad = append(r.org.bad, at.key(meant).field)
		}
	}
	r.refuse(at.key(p.key), p.line, "unknown-key", remedy, "unknown key")
}
