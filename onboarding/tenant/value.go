package tenant

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// kind says in the operator's words what a node is.
func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
	default:
		return "nothing"
	}
	switch tag := n.ShortTag(); tag {
	case "!!null":
		return "nothing"
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

// numeric matches what some YAML reader takes for a number though ours may not, because it is out of a machine's range or an older form: a text
// like that means different things to different programs.
var numeric = regexp.MustCompile(`^[-+]?(0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))$`)

// scalar complains unless n is a single value.
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

// text reads a text. A number, a date or a truth value that was not quoted is refused: YAML does not keep its spelling.
func (r *reader) text(at path, n *yaml.Node) (string, bool) {
	line := n.Line
	n, ok := r.scalar(at, n, "text")
	if !ok {
		return "", false
	}
	plain := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) == 0
	switch tag := n.ShortTag(); {
	case tag == "!!str" && plain && numeric.MatchString(n.Value):
		fallthrough
	case plain && (tag == "!!int" || tag == "!!float"):
		r.refuse(at, line, "quote-it", fmt.Sprintf(`quote it: "%s"`, shown(n.Value)), "YAML reads %s as a number, but a text is meant", shown(n.Value))
	case plain && (tag == "!!bool" || tag == "!!timestamp"):
		r.refuse(at, line, "quote-it", fmt.Sprintf(`quote it: "%s"`, shown(n.Value)), "must be text, not %s", kind(n))
	case tag != "!!str":
		r.refuse(at, line, "wrong-type", "", "must be text, not %s", kind(n))
	default:
		return n.Value, true
	}
	return "", false
}

func (r *reader) textTo(to *string) func(path, *yaml.Node) {
	return func(at path, n *yaml.Node) { *to, _ = r.text(at, n) }
}

// textList reads a list of texts. One that cannot be read keeps its place, so that the others keep their index.
func (r *reader) textList(to *[]string) func(path, *yaml.Node) {
	return func(at path, n *yaml.Node) {
		r.list(at, n, func(at path, n *yaml.Node) {
			text, _ := r.text(at, n)
			*to = append(*to, text)
		})
	}
}

// texts reads a text in several languages: {en: Terms of use, it: Condizioni d'uso}.
func (r *reader) texts(to *map[string]string) func(path, *yaml.Node) {
	return func(at path, n *yaml.Node) {
		if n := r.real(n); n.Kind == yaml.ScalarNode && !isNull(n) {
			r.refuse(at, n.Line, "wrong-type", "write {en: "+strconv.Quote(shown(n.Value))+"}", "must give the text by language, not %s", kind(n))
			return
		}
		pairs, ok := r.pairs(at, n)
		if !ok {
			return
		}
		all := map[string]string{}
		for _, p := range pairs {
			r.mark(at.key(p.key), p.line)
			if text, ok := r.text(at.key(p.key), p.value); ok {
				all[p.key] = text
			}
		}
		*to = all
	}
}

func (r *reader) truth(to *bool) func(path, *yaml.Node) {
	return func(at path, n *yaml.Node) {
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
			remedy := map[string]string{"yes": "write true", "on": "write true", "no": "write false", "off": "write false"}[strings.ToLower(n.Value)]
			r.refuse(at, line, "wrong-type", remedy, "must be true or false, not %s", kind(n))
			return
		}
		if n.ShortTag() != "!!bool" {
			r.refuse(at, line, "wrong-type", "leave the quotes out", "must be true or false, not %s", kind(n))
		}
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
		r.refuse(at, line, "wrong-type", "write it in decimal digits, without leading zeros", "%s is read differently by different programs, or is too large", shown(n.Value))
	default:
		return value, true
	}
	return 0, false
}

func (r *reader) optionalNumber(to **int) func(path, *yaml.Node) {
	return func(at path, n *yaml.Node) {
		if value, ok := r.number(at, n); ok {
			*to = &value
		}
	}
}

// degrees reads a coordinate in decimal degrees.
func (r *reader) degrees(to **float64) func(path, *yaml.Node) {
	return func(at path, n *yaml.Node) {
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
			r.refuse(at, line, "wrong-type", "write decimal degrees, such as 43.7161", "%s is not a plain decimal number", shown(n.Value))
		default:
			*to = &value
		}
	}
}

func (r *reader) duration(to *time.Duration) func(path, *yaml.Node) {
	return func(at path, n *yaml.Node) {
		line := n.Line
		n, ok := r.scalar(at, n, "a duration")
		if !ok {
			return
		}
		const remedy = "write hours and minutes, such as 8760h or 1h30m, or days: 365d"
		if n.ShortTag() != "!!str" {
			r.refuse(at, line, "wrong-type", remedy, "must be a duration with its unit, not %s", kind(n))
			return
		}
		d, err := parseDuration(n.Value)
		if err != nil {
			r.refuse(at, line, "wrong-type", remedy, "must be a duration, not %s", kind(n))
			return
		}
		*to = d
	}
}

var days = regexp.MustCompile(`^([0-9]{1,6})d(.*)$`)

// parseDuration reads Go's form of a duration, with days of 24 hours before it if need be: 1d12h.
func parseDuration(text string) (time.Duration, error) {
	whole := time.Duration(0)
	if m := days.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n > 100_000 {
			return 0, strconv.ErrRange
		}
		whole = time.Duration(n) * 24 * time.Hour
		if m[2] == "" {
			return whole, nil
		}
		if strings.ContainsAny(m[2][:1], "+-") {
			return 0, strconv.ErrSyntax
		}
		text = m[2]
	}
	rest, err := time.ParseDuration(text)
	if err != nil || rest > 0 && whole+rest < whole {
		return 0, strconv.ErrSyntax
	}
	return whole + rest, nil
}

// formatDuration writes a duration without the empty units that Go adds.
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
