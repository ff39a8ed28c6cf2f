package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A transcriptStep is a request and the expected answer; the head of the transcript describes the
// form.
type transcriptStep struct {
	title        string
	line         int // of the title
	method, path string
	header       [][2]string
	body         string
	status       int
	reading      string // of the SDK
	mediaType    string
	answer       string
}

func readTranscript(file string) ([]*transcriptStep, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parseTranscript(string(text))
}

func parseTranscript(text string) ([]*transcriptStep, error) {
	var steps []*transcriptStep
	var part *string // the body or answer that goes on
	for i, line := range strings.Split(text, "\n") {
		title, begins := strings.CutPrefix(line, "=== ")
		expected, ends := strings.CutPrefix(line, "--- ")
		if begins {
			steps = append(steps, &transcriptStep{title: title, line: i + 1})
			part = nil
			continue
		}
		if len(steps) == 0 {
			if line != "" && !strings.HasPrefix(line, "#") {
				return nil, fmt.Errorf("line %d: text before the first step", i+1)
			}
			continue
		}
		s := steps[len(steps)-1]
		name, value, isHeader := strings.Cut(line, ": ")
		var err error
		switch {
		case ends:
			part = &s.answer
			err = s.expect(expected)
		case part != nil:
			*part += line + "\n"
		case s.method == "":
			if s.method, s.path, _ = strings.Cut(line, " "); !strings.HasPrefix(s.path, "/") {
				err = errors.New("no request line")
			}
		case strings.HasPrefix(line, "{"):
			s.body, part = line+"\n", &s.body
		case isHeader:
			s.header = append(s.header, [2]string{name, value})
		default:
			err = errors.New("neither a header nor a body")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	for _, s := range steps {
		if s.answer = strings.TrimSpace(s.answer); s.status == 0 || s.answer == "" {
			return nil, fmt.Errorf("line %d: a step without an answer", s.line)
		}
	}
	return steps, nil
}

// expect parses the line of the answer: status, reading, media type.
func (s *transcriptStep) expect(line string) (err error) {
	words := strings.Fields(line)
	if s.method == "" || s.status != 0 || len(words) < 2 || len(words) > 3 {
		return errors.New("an answer without request, status or reading")
	}
	s.reading, s.mediaType = words[1], "application/json"
	if len(words) == 3 {
		s.mediaType = words[2]
	}
	s.status, err = strconv.Atoi(words[0])
	return err
}

var reference = regexp.MustCompile(`\$\{([a-zA-Z0-9.]+)\}`)

// fillIn replaces each ${name} by its value.
func fillIn(text string, values map[string]string) (string, error) {
	var missing error
	filled := reference.ReplaceAllStringFunc(text, func(text string) string {
		value, known := values[reference.FindStringSubmatch(text)[1]]
		if !known {
			missing = fmt.Errorf("%s has no value", text)
		}
		return value
	})
	return filled, missing
}

// kinds are the kinds of values; ORIGIN stands for the server's address.
var kinds = map[string]string{
	"id":       `[0-9a-f]{32}`,
	"millis":   `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z`,
	"seconds":  `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z`,
	"token":    `[\w-]+\.[\w-]+\.[\w-]+`,
	"link":     `ORIGIN/activate/[\w-]{16,}`,
	"name":     `[A-HJ-NP-Z2-9]{8,63}`,
	"password": `[A-HJ-NP-Z2-9]{20,189}`,
	"text":     `(?s).+`,
}

// A matcher compares an answer with the expected one.
type matcher struct {
	origin      string
	values      map[string]string
	kept        map[string]string
	differences []string
}

// text compares JSON texts.
func (m *matcher) text(want string, got []byte) {
	m.kept = map[string]string{}
	var wanted, given any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		m.differs("", "the transcript: %v", err)
		return
	}
	if err := json.Unmarshal(got, &given); err != nil {
		m.differs("", "no JSON: %v", err)
		return
	}
	m.value("", wanted, given)
}

func (m *matcher) differs(at, format string, args ...any) {
	m.differences = append(m.differences, strings.TrimPrefix(at+": "+fmt.Sprintf(format, args...), ": "))
}

func (m *matcher) value(at string, want, got any) {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			m.differs(at, "%s, want an object", show(got))
			return
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if value, there := object[name]; there {
				m.value(at+"."+name, want[name], value)
			} else {
				m.differs(at+"."+name, "is missing")
			}
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if _, expected := want[name]; !expected {
				m.differs(at+"."+name, "is not in the transcript")
			}
		}
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			m.differs(at, "%s, want %s", show(got), show(want))
			return
		}
		for i := range want {
			m.value(fmt.Sprintf("%s[%d]", at, i), want[i], list[i])
		}
	case string:
		m.word(at, want, got)
	default:
		if want != got {
			m.differs(at, "%s, want %s", show(got), show(want))
		}
	}
}

// word compares a text, or a value with a kind in angle brackets.
func (m *matcher) word(at, want string, got any) {
	text, ok := got.(string)
	inside, bracketed := strings.CutPrefix(want, "<")
	if !ok || !bracketed {
		if want != got {
			m.differs(at, "%s, want %s", show(got), show(want))
		}
		return
	}
	kind, name, keep := strings.Cut(strings.TrimSuffix(inside, ">"), " ")
	pattern, known := kinds[kind]
	if !known {
		m.differs(at, "the transcript: no kind %s", want)
		return
	}
	pattern = strings.ReplaceAll(pattern, "ORIGIN", regexp.QuoteMeta(m.origin))
	if !regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(text) {
		m.differs(at, "%s is no %s", show(got), kind)
		return
	}
	if kind == "millis" || kind == "seconds" {
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			m.differs(at, "%v", err)
		}
	}
	if keep {
		m.kept[name] = text
	}
}

// show returns a value as JSON.
func show(value any) string {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(text.String())
}

// TestTranscriptMatcher checks that the comparison finds a member that disappears, appears or
// changes.
func TestTranscriptMatcher(t *testing.T) {
	const want = `{"a": 1, "b": "<millis>", "c": null, "d": [true, {"e": "<id one>"}], "f": "<text>"}`
	const good = `{"f":"x","a":1,"b":"2026-03-02T09:30:00.885Z","c":null,` +
		`"d":[true,{"e":"0198b2c46f3e7a1db0c3e5f7a9b1c2d3"}]}`
	for name, c := range map[string]struct{ old, new, difference string }{
		"the same":             {"", "", ""},
		"a member less":        {`"c":null,`, ``, ".c: is missing"},
		"a member more":        {`"c":null`, `"c":null,"g":null`, ".g: is not in the transcript"},
		"a number as text":     {`"a":1`, `"a":"1"`, `.a: "1", want 1`},
		"another number":       {`"a":1`, `"a":2`, `.a: 2, want 1`},
		"a boolean as text":    {`true`, `"true"`, `.d[0]: "true", want true`},
		"whole seconds":        {`00.885Z`, `00Z`, `.b: "2026-03-02T09:30:00Z" is no millis`},
		"microseconds":         {`00.885Z`, `00.885000Z`, `.b: "2026-03-02T09:30:00.885000Z" is no millis`},
		"a local time":         {`00.885Z`, `00.885+01:00`, `.b: "2026-03-02T09:30:00.885+01:00" is no millis`},
		"no time":              {`-02T`, `-32T`, `.b: parsing time "2026-03-32T09:30:00.885Z": day out of range`},
		"a time as a number":   {`"2026-03-02T09:30:00.885Z"`, `1772443800`, `.b: 1772443800, want "<millis>"`},
		"null":                 {`"x"`, `null`, `.f: null, want "<text>"`},
		"an empty text":        {`"x"`, `""`, `.f: "" is no text`},
		"a value for a null":   {`"c":null`, `"c":"x"`, `.c: "x", want null`},
		"an upper-case id":     {`0198b`, `0198B`, `.d[1].e: "0198B2c46f3e7a1db0c3e5f7a9b1c2d3" is no id`},
		"an element more":      {`[true`, `[true,true`, `.d: [true,true,{"e":`},
		"no object":            {`{"e":"0198b2c46f3e7a1db0c3e5f7a9b1c2d3"}`, `[]`, `.d[1]: [], want an object`},
		"no JSON":              {`"f"`, `f`, `no JSON`},
		"a text about the end": {`}]}`, `}]} {}`, `no JSON`},
	} {
		m := &matcher{}
		m.text(want, []byte(strings.Replace(good, c.old, c.new, 1)))
		if c.difference == "" {
			if len(m.differences) > 0 || m.kept["one"] != "0198b2c46f3e7a1db0c3e5f7a9b1c2d3" {
				t.Errorf("%s: %q, kept %v", name, m.differences, m.kept)
			}
			continue
		}
		if len(m.differences) != 1 || !strings.HasPrefix(m.differences[0], c.difference) {
			t.Errorf("%s: %q, want %q", name, m.differences, c.difference)
		}
	}
}
