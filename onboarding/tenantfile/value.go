package tenantfile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// kind describes a node for a message.
func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
	default:
		return "an empty value"
	}
	switch tag := n.ShortTag(); tag {
	case "!!null":
		return "an empty value"
	case "!!int", "!!float":
		return "the number " + shown(n.Value)
	case "!!bool":
		return n.Value
	case "!!timestamp":
		return "the date " + shown(n.Value)
	case "!!str":
		return fmt.Sprintf("the text %q", shown(n.Value))
	default:
		return "a value tagged " + shown(tag)
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// numeric matches texts that some YAML readers, though not necessarily this one, read as a number:
// out of range or in an older form.
var numeric = regexp.MustCompile(`^[-+]?(0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|` +
	`[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))$`)

// scalar returns the scalar that n is, or adds an error.
func (r *reader) scalar(at path, n *yaml.Node, want string) (*yaml.Node, bool) {
	line := n.Line
	n = r.real(n)
	switch {
	case isNull(n):
		r.refuse(at, line, "no-value", "write one, or leave the key out", "has no value")
	case n.Kind != yaml.ScalarNode:
		r.refuse(at, line, "wrong-type", "", "must be %s, not %s", want, kind(n))
	default:
		return n, true
	}
	return nil, false
}

// text reads a text. An unquoted number, date or boolean is refused, because YAML does not keep its
// spelling.
func (r *reader) text(at path, n *yaml.Node) (string, bool) {
	line := n.Line
	n, ok := r.scalar(at, n, "text")
	if !ok {
		return "", false
	}
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	plain := n.Style&(quoted|yaml.TaggedStyle) == 0
	switch tag := n.ShortTag(); {
	case tag == "!!str" && plain && numeric.MatchString(n.Value):
		fallthrough
	case plain && (tag == "!!int" || tag == "!!float"):
		r.refuse(at, line, "quote-it", fmt.Sprintf(`quote it: "%s"`, shown(n.Value)),
			"must be text, but YAML reads %s as a number", shown(n.Value))
	case plain && (tag == "!!bool" || tag == "!!timestamp"):
		r.refuse(at, line, "quote-it", fmt.Sprintf(`quote it: "%s"`, shown(n.Value)), "must be text, not %s", kind(n))
	case tag != "!!str":
		r.refuse(at, line, "wrong-type", "", "must be text, not %s", kind(n))
	default:
		return n.Value, true
	}
	return "", false
}

// text is a text; the export leaves an empty one out.
func text[T ~string](to *T) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			text, _ := r.text(at, n)
			*to = T(text)
		},
		write: func() *yaml.Node { return textOrNil(string(*to)) },
		form:  form{kind: kindText, empty: true},
	}
}

// texts is a list of texts; the export leaves an empty one out. A text that cannot be read is kept
// empty, so that the others keep their index.
func texts[T ~string](to *[]T) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			r.list(at, n, func(at path, n *yaml.Node) {
				text, _ := r.text(at, n)
				*to = append(*to, T(text))
			})
		},
		write: func() *yaml.Node { return listNode(yaml.FlowStyle, textNodes(*to)) },
		form:  form{kind: kindTexts},
	}
}

// upperTexts is texts in upper case.
func upperTexts(to *[]string) value {
	v := texts(to)
	asWritten := v.read
	v.read = func(r *reader, at path, n *yaml.Node) {
		asWritten(r, at, n)
		for i, text := range *to {
			(*to)[i] = strings.ToUpper(text)
		}
	}
	return v
}

// textByLanguage is a text in several languages: {en: Terms of use, it: Condizioni d'uso}.
func textByLanguage(to *map[string]string) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			if n := r.real(n); n.Kind == yaml.ScalarNode && !isNull(n) {
				r.refuse(at, n.Line, "wrong-type", "write {en: "+strconv.Quote(shown(n.Value))+"}",
					"must give the text by language, not %s", kind(n))
				return
			}
			pairs, ok := r.pairs(at, n)
			if !ok {
				return
			}
			*to = map[string]string{}
			for _, p := range pairs {
				r.mark(at.key(p.key), p.line)
				if text, ok := r.text(at.key(p.key), p.value); ok {
					(*to)[p.key] = text
				}
			}
		},
		write: func() *yaml.Node {
			var table keys
			for _, language := range slices.Sorted(maps.Keys(*to)) {
				text := (*to)[language]
				write := func() *yaml.Node { return textNode(text) }
				table = append(table, key{name: language, value: value{write: write}})
			}
			return block(table).write()
		},
		form: form{kind: kindByLanguage},
	}
}

// truth is true or false.
func truth(to *bool) value {
	return value{
		read:  func(r *reader, at path, n *yaml.Node) { r.truth(at, n, to) },
		write: func() *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatBool(*to)} },
		form:  form{kind: kindTruth},
	}
}

// ifTrue is a truth that the export leaves out when it is false.
func ifTrue(to *bool) value {
	v := truth(to)
	always := v.write
	v.write = func() *yaml.Node {
		if !*to {
			return nil
		}
		return always()
	}
	return v
}

func (r *reader) truth(at path, n *yaml.Node, to *bool) {
	line := n.Line
	n, ok := r.scalar(at, n, "true or false")
	if !ok {
		return
	}
	switch n.Value {
	case "true", "True", "TRUE":
		*to = true
	case "false", "False", "FALSE":
		*to = false
	default:
		remedy := map[string]string{"yes": "write true", "on": "write true", "no": "write false",
			"off": "write false"}[strings.ToLower(n.Value)]
		r.refuse(at, line, "wrong-type", remedy, "must be true or false, not %s", kind(n))
		return
	}
	if n.ShortTag() != "!!bool" {
		r.refuse(at, line, "wrong-type", "leave the quotes out", "must be true or false, not %s", kind(n))
	}
}

var (
	wholeNumber   = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,17})$`)
	decimalNumber = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]*)?$`)
)

func (r *reader) number(at path, n *yaml.Node) (int, bool) {
	line := n.Line
	n, ok := r.scalar(at, n, "a whole number")
	if !ok {
		return 0, false
	}
	value, err := strconv.Atoi(n.Value)
	switch {
	case n.ShortTag() == "!!str" && err == nil:
		r.refuse(at, line, "wrong-type", "leave the quotes out", "must be a whole number, not %s", kind(n))
	case n.ShortTag() != "!!int":
		r.refuse(at, line, "wrong-type", "", "must be a whole number, not %s", kind(n))
	case !wholeNumber.MatchString(n.Value) || err != nil:
		r.refuse(at, line, "wrong-type", "write it in decimal digits, without leading zeros",
			"%s is ambiguous in YAML or out of range", shown(n.Value))
	default:
		return value, true
	}
	return 0, false
}

// number is an optional whole number.
func number(to **int) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) {
			if value, ok := r.number(at, n); ok {
				*to = &value
			}
		},
		write: func() *yaml.Node {
			if *to == nil {
				return nil
			}
			return numberNode(**to)
		},
		form: form{kind: kindNumber},
	}
}

// degrees is an optional coordinate in decimal degrees.
func degrees(to **float64) value {
	return value{
		read: func(r *reader, at path, n *yaml.Node) { r.degrees(at, n, to) },
		write: func() *yaml.Node {
			if *to == nil {
				return nil
			}
			return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatFloat(**to, 'f', -1, 64)}
		},
		form: form{kind: kindDegrees},
	}
}

func (r *reader) degrees(at path, n *yaml.Node, to **float64) {
	line := n.Line
	n, ok := r.scalar(at, n, "a number")
	if !ok {
		return
	}
	value, err := strconv.ParseFloat(n.Value, 64)
	switch {
	case n.ShortTag() == "!!str" && err == nil:
		r.refuse(at, line, "wrong-type", "leave the quotes out", "must be a number, not %s", kind(n))
	case n.ShortTag() != "!!int" && n.ShortTag() != "!!float":
		r.refuse(at, line, "wrong-type", "", "must be a number, not %s", kind(n))
	case !decimalNumber.MatchString(n.Value) || err != nil:
		r.refuse(at, line, "wrong-type", "write decimal degrees, such as 43.7161", "%s is not a plain decimal number",
			shown(n.Value))
	default:
		*to = &value
	}
}
