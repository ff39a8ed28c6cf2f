package tenantfile

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	yamlLine      = regexp.MustCompile(`^yaml: line ([0-9]+): `)
	yamlPrefix    = regexp.MustCompile(`^yaml: (line [0-9]+: )?`)
	unknownAnchor = regexp.MustCompile(`unknown anchor '([^']*)' referenced`)
)

// syntax complains about what the YAML parser did not understand.
func (r *reader) syntax(data []byte, err error) {
	said := 1
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		said, _ = strconv.Atoi(m[1])
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	line := firstBad(lines, min(max(said, 1), len(lines)))
	reason := shown(yamlPrefix.ReplaceAllString(err.Error(), ""))
	if m := unknownAnchor.FindStringSubmatch(err.Error()); m != nil {
		reason = "there is no anchor &" + shown(m[1]) + " before this alias"
		if i := bytes.Index(data, []byte("*"+m[1])); i >= 0 {
			line = 1 + bytes.Count(data[:i], []byte("\n"))
		}
	}
	remedy := ""
	if bytes.Contains(indent.Find(lines[line-1]), []byte("\t")) {
		remedy = "indent with spaces, not with tabs"
	}
	r.refuse(whereabouts(lines, line), line, "yaml", remedy, "is not YAML: %s", reason)
}

var indent = regexp.MustCompile(`^[ \t]*`)

// triesBytes bounds what is parsed again and again in search of a place.
const triesBytes = 8 << 20

// firstBad returns the line with which a text stops being YAML. The parser tells the line on which the surrounding mapping begins, which may be
// pages above; but the longest beginning of the text that is YAML by itself ends right before the culprit.
func firstBad(lines [][]byte, said int) int {
	bad := said
	size := len(bytes.Join(lines[:said-1], nil))
	for n, tried := said, 0; n < len(lines) && tried < triesBytes; n++ {
		size += len(lines[n-1])
		tried += size
		if isYAML(bytes.Join(lines[:n], nil)) {
			bad = n + 1
		} else if n-bad > 100 {
			break
		}
	}
	return bad
}

func isYAML(text []byte) bool {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		if err := decoder.Decode(&document); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

var ownKey = regexp.MustCompile(`^ *(- +)*[A-Za-z][A-Za-z0-9_]*:`)

// whereabouts says where in the document a line is, going by the lines above it and the key that it begins with.
func whereabouts(lines [][]byte, line int) path {
	above := bytes.Join(lines[:line-1], nil)
	if len(above) > triesBytes/4 { // the line will do
		return path{field: "organizations"}
	}
	if key := ownKey.Find(lines[line-1]); key != nil {
		if at, ok := lastOf(append(above[:len(above):len(above)], key...)); ok {
			return at
		}
	}
	for n := line - 1; n > 0 && n > line-20; n-- {
		if at, ok := lastOf(bytes.Join(lines[:n], nil)); ok {
			return at
		}
	}
	return path{field: "organizations"}
}

// lastOf returns the path of the last value of the last document.
func lastOf(text []byte) (path, bool) {
	var last yaml.Node
	for decoder := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return path{}, false
		}
		last = document
	}
	if len(last.Content) == 0 {
		return path{}, false
	}
	at := path{}
	for n := last.Content[0]; ; {
		switch {
		case n.Kind == yaml.MappingNode && len(n.Content) > 1:
			key := n.Content[len(n.Content)-2]
			at, n = at.key(key.Value), n.Content[len(n.Content)-1]
		case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
			at, n = at.index(len(n.Content)-1), n.Content[len(n.Content)-1]
		default:
			return at, at.field != "" && !strings.HasPrefix(at.field, "[")
		}
	}
}
