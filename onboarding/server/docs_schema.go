package server

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// docsMember is a parameter, a header, or a member of a body.
type docsMember struct {
	Name    string
	Place   string // of a parameter
	Type    []typeWord
	Notes   []string
	Text    []block
	Facts   []fact
	Members []docsMember
}

// typeWord is a piece of a type's name; one that has a name of its own leads there.
type typeWord struct{ Text, Schema string }

// fact is a limit that a value keeps, or an example of one. Codes are values; Words say the rest.
type fact struct {
	Words string
	Codes []string
}

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
		m := d.memberOf(p.Name, p.Value)
		// Of a request it is worth saying what must be there, of an answer what may be missing.
		switch required := slices.Contains(s.Required, p.Name); {
		case s.AdditionalProperties.closed && !required:
			m.Notes = append(m.Notes, "may be absent")
		case !s.AdditionalProperties.closed && required:
			m.Notes = append(m.Notes, "required")
		}
		list = append(list, m)
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

func (d *document) memberOf(name string, s *schema) docsMember {
	m := docsMember{Name: name}
	if s == nil {
		return m
	}
	m.Type, m.Text, m.Facts = d.typeOf(s), prose(s.Description), facts(s)
	if s.Deprecated {
		m.Notes = append(m.Notes, "deprecated")
	}
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
	case s.Type == nil && s.Enum != nil:
		return []typeWord{{Text: strings.Join(typesOf(s.Enum), " or ")}}
	case s.Type == nil && (s.Properties != nil || s.AllOf != nil):
		return []typeWord{{Text: "object"}}
	}
	return []typeWord{{Text: strings.Join(s.Type, " or ")}}
}

// typesOf are the names of the types that values have, each once.
func typesOf(values []yaml.Node) []string {
	var names []string
	for _, v := range values {
		name := map[string]string{"!!null": "null", "!!bool": "boolean", "!!int": "integer", "!!float": "number"}[v.ShortTag()]
		if name == "" {
			name = "string"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// facts are the limits of a simple value.
func facts(s *schema) []fact {
	var list []fact
	if s.Enum != nil {
		f := fact{Words: "one of"}
		for i := range s.Enum {
			f.Codes = append(f.Codes, inJSON(&s.Enum[i]))
		}
		list = append(list, f)
	}
	if s.Format != "" {
		list = append(list, fact{"format", []string{s.Format}})
	}
	if s.Pattern != "" {
		list = append(list, fact{"pattern", []string{s.Pattern}})
	}
	if s.ContentEncoding != "" {
		list = append(list, fact{"encoding", []string{s.ContentEncoding}})
	}
	list = between(list, "", s.Minimum, s.Maximum, number64)
	list = between(list, "length ", s.MinLength, s.MaxLength, strconv.Itoa)
	list = between(list, "items: ", s.MinItems, s.MaxItems, strconv.Itoa)
	if s.Default.Kind != 0 {
		list = append(list, fact{"absent means", []string{inJSON(&s.Default)}})
	}
	for i := range s.Examples {
		list = append(list, fact{"for example", []string{inJSON(&s.Examples[i])}})
	}
	return list
}

func number64(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// between adds the bounds that there are.
func between[N int | float64](list []fact, what string, least, most *N, text func(N) string) []fact {
	switch {
	case least != nil && most != nil && *least == *most:
		what += "exactly " + text(*least)
	case least != nil && most != nil:
		what += text(*least) + " to " + text(*most)
	case least != nil:
		what += "at least " + text(*least)
	case most != nil:
		what += "at most " + text(*most)
	default:
		return list
	}
	return append(list, fact{Words: what})
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
		case "!!null":
			out.WriteString("null")
		case "!!bool", "!!int", "!!float":
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
