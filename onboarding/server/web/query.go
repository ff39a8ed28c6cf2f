package web

import (
	"cmp"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// Query holds a request's parameters. Its methods record the parameters that do not parse; Err
// returns all of them.
type Query struct {
	Values url.Values
	Known  map[string]bool // names of the parameters that were read
	Faults onboarding.Faults
}

// MaxParameters limits the parameters of a query and the fields of a form.
const MaxParameters = 256

// QueryOf parses a request's query. An invalid percent-encoding is an error, because a guess would
// search for something else.
func QueryOf(c echo.Context) (*Query, error) {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "malformed query"}
	}
	q := NewQuery(values)
	c.Set(queryKey, q)
	return q, nil
}

func NewQuery(values url.Values) *Query { return &Query{Values: values, Known: map[string]bool{}} }

// queryKey is the context key of a request's query.
const queryKey = "query"

// parameterName matches names that are unlikely to hold personal data.
var parameterName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)

// maxIgnored limits the names of ignored parameters in the log.
const maxIgnored = 8

// ignored returns the names of the parameters that were not read. "..." stands for further ones,
// and for names that may hold personal data.
func (q *Query) ignored() []string {
	var names []string
	more := false
	for _, name := range slices.Sorted(maps.Keys(q.Values)) {
		if q.Known[name] {
			continue
		}
		if len(names) < maxIgnored && parameterName.MatchString(name) {
			names = append(names, name)
		} else {
			more = true
		}
	}
	if more {
		names = append(names, "...")
	}
	return names
}

// IgnoredParameters returns the names of the parameters that the request's handler did not read.
func IgnoredParameters(c echo.Context) []string {
	if q, ok := c.Get(queryKey).(*Query); ok {
		return q.ignored()
	}
	return nil
}

func (q *Query) Err() error { return q.Faults.Err() }

// Text returns a parameter, or "" if it is absent.
func (q *Query) Text(name string) string {
	q.Known[name] = true
	given := q.Values[name]
	if len(given) == 0 {
		return ""
	}
	for _, value := range given {
		switch {
		case !utf8.ValidString(value):
			q.Refuse(name, "not UTF-8")
		case strings.ContainsRune(value, 0):
			q.Refuse(name, "a NUL byte")
		case value != given[0]:
			q.Refuse(name, "given twice")
		}
	}
	return given[0]
}

// Either returns a parameter that has two names.
func (q *Query) Either(name, also string) string {
	text, other := q.Text(name), q.Text(also)
	if text != "" && other != "" && text != other {
		q.Refuse(also, "contradicts "+name)
	}
	return cmp.Or(text, other)
}

// List returns the non-empty parts of a comma-separated parameter, which may also be repeated.
func (q *Query) List(name string) []string {
	var list []string
	q.Known[name] = true
	for _, value := range q.Values[name] {
		if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			q.Refuse(name, "not UTF-8 without NUL bytes")
		}
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	}
	return list
}

func (q *Query) Refuse(name, message string) { q.Faults.Refuse(name, message) }
