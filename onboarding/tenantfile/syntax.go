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

// syntax adds an error of the YAML parser.
func (r *reader) syntax(data []byte, err error) {
	reported := 1
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		reported, _ = strconv.Atoi(m[1])
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	line := firstBad(lines, min(max(reported, 1), len(lines)))
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
	r.refuse(whereabouts(lines, line), line, "yaml", remedy, "invalid YAML: %s", reason)
}

var indent = regexp.MustCompile(`^[ \t]*`)

// triesBytes limits the text that is parsed again in search of the error's position.
const triesBytes = 8 << 20

// firstBad returns the first line with which a text is no longer YAML. The parser reports the first
// line of the surrounding mapping, which may be pages above. The line before the error is the last
// of the longest prefix that is YAML.
func firstBad(lines [][]byte, reported int) int {
	bad := reported
	size := len(bytes.Join(lines[:reported-1], nil))
	for n, tried := reported, 0; n < len(lines) && tried < triesBytes; n++ {
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

// whereabouts returns the path of a line, derived from the lines above it and its own key.
func whereabouts(lines [][]byte, line int) path {
	above := bytes.Join(lines[:line-1], nil)
	if len(above) > triesBytes/4 { // the line number is enough
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
