package server

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// docsMember is a parameter, a header, or a member of a body.
type docsMember struct {
	Name     string
	Place    string // of a parameter
	Type     []typeWord
	Required bool
	Old      bool // deprecated
	Text     []block
	Facts    []fact
	Members  []docsMember
}

// typeWord is a piece of a type's name; one that has a name of its own leads there.
type typeWord struct{ Text, Schema string }

// fact is a limit that a value keeps, or an example of one.
type fact struct{ Name, Value string }

// members are an object's, those of an array's objects, or none. What allOf brings comes after the schema's own, which win.
func (d *document) members(s *schema) []docsMember {
	s = d.schema(s)
	if s == nil {
		return nil
	}
	if s.Items != nil && s.Items.Ref == "" {
		return d.members(s.Items)
	}
	var list []docsMember
	for _, p := range s.Properties {
		list = append(list, d.memberOf(p.Name, p.Value, slices.Contains(s.Required, p.Name)))
	}
	for _, part := range s.AllOf {
		for _, m := range d.members(part) {
			if _, own := s.Properties.get(m.Name); !own {
				list = append(list, m)
			}
		}
	}
	return list
}

func (d *document) memberOf(name string, s *schema, required bool) docsMember {
	m := docsMember{Name: name, Required: required}
	if s == nil {
		return m
	}
	m.Type, m.Old, m.Text, m.Facts = d.typeOf(s), s.Deprecated, prose(s.Description), facts(s)
	if s.Items != nil {
		m.Facts = append(m.Facts, facts(s.Items)...)
	}
	if s.Ref == "" { // else the type leads to them
		m.Members = d.members(s)
	}
	return m
}

// typeOf is a type in words.
func (d *document) typeOf(s *schema) []typeWord {
	switch {
	case s == nil:
		return nil
	case s.Ref != "":
		name := schemaName(s.Ref)
		return []typeWord{{Text: name, Schema: name}}
	case s.OneOf != nil:
		var words []typeWord
		for i, one := range s.OneOf {
			if i > 0 {
				words = append(words, typeWord{Text: " or "})
			}
			words = append(words, d.typeOf(one)...)
		}
		return words
	case s.Const.Kind != 0:
		return []typeWord{{Text: inJSON(&s.Const)}}
	case s.Items != nil:
		return append([]typeWord{{Text: "array of "}}, d.typeOf(s.Items)...)
	case s.AdditionalProperties.schema != nil && s.Properties == nil:
		return append([]typeWord{{Text: "object of "}}, d.typeOf(s.AdditionalProperties.schema)...)
	case s.Enum != nil:
		values := make([]string, len(s.Enum))
		for i := range s.Enum {
			values[i] = inJSON(&s.Enum[i])
		}
		return []typeWord{{Text: strings.Join(values, " or ")}}
	case s.Type == nil && (s.Properties != nil || s.AllOf != nil):
		return []typeWord{{Text: "object"}}
	}
	return []typeWord{{Text: strings.Join(s.Type, " or ")}}
}

// facts are the limits of a simple value.
func facts(s *schema) []fact {
	var list []fact
	if s.Format != "" {
		list = append(list, fact{"format", s.Format})
	}
	if s.Pattern != "" {
		list = append(list, fact{"pattern", s.Pattern})
	}
	if s.ContentEncoding != "" {
		list = append(list, fact{"encoding", s.ContentEncoding})
	}
	list = between(list, s.Minimum, s.Maximum, number64, "")
	list = between(list, s.MinLength, s.MaxLength, strconv.Itoa, " characters")
	list = between(list, s.MinItems, s.MaxItems, strconv.Itoa, " items")
	if s.Default.Kind != 0 {
		list = append(list, fact{"absent means", inJSON(&s.Default)})
	}
	for i := range s.Examples {
		list = append(list, fact{"for example", inJSON(&s.Examples[i])})
	}
	return list
}

func number64(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// between adds the bounds that there are.
func between[N int | float64](list []fact, least, most *N, text func(N) string, unit string) []fact {
	switch {
	case least != nil && most != nil && *least == *most:
		return append(list, fact{"exactly", text(*least) + unit})
	case least != nil && most != nil:
		return append(list, fact{"from", text(*least) + " to " + text(*most) + unit})
	case least != nil:
		return append(list, fact{"at least", text(*least) + unit})
	case most != nil:
		return append(list, fact{"at most", text(*most) + unit})
	}
	return list
}

// inJSON is a node of YAML as JSON on one line.
func inJSON(n *yaml.Node) string {
	var out strings.Builder
	writeJSON(&out, n, "")
	return out.String()
}

// writeJSON writes a node in its own order. newline is a line break with the indentation of now, or empty for one line.
func writeJSON(out *strings.Builder, n *yaml.Node, newline string) {
	inner := newline
	if newline != "" {
		inner += "  "
	}
	switch n.Kind {
	case yaml.MappingNode:
		if len(n.Content) == 0 {
			out.WriteString("{}")
			return
		}
		out.WriteString("{")
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				out.WriteString(separator(newline))
			}
			out.WriteString(inner + quoted(n.Content[i].Value) + ": ")
			writeJSON(out, n.Content[i+1], inner)
		}
		out.WriteString(newline + "}")
	case yaml.SequenceNode:
		flat := !slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Kind != yaml.ScalarNode })
		if flat {
			inner, newline = "", ""
		}
		out.WriteString("[")
		for i, c := range n.Content {
			if i > 0 {
				out.WriteString(separator(newline))
			}
			out.WriteString(inner)
			writeJSON(out, c, inner)
		}
		out.WriteString(newline + "]")
	case yaml.ScalarNode:
		switch n.ShortTag() {
		case "!!null", "!!bool", "!!int", "!!float":
			out.WriteString(n.Value)
		default:
			out.WriteString(quoted(n.Value))
		}
	}
}

func separator(newline string) string {
	if newline == "" {
		return ", "
	}
	return ","
}

// quoted is a text as JSON writes it. Our examples hold no control characters but those that Go and JSON escape alike.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(text) + `"`
}
