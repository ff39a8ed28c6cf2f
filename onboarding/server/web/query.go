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

// Query are a request's parameters. Only those that a route asks for are looked at; those that are unreadable are remembered.
type Query struct {
	Values url.Values
	Known  map[string]bool // the names of the parameters that were asked for
	Faults onboarding.Faults
}

// MaxParameters is the most parameters of a query, and the most fields of a form.
const MaxParameters = 256

// QueryOf parses a request's query. A `%` that escapes nothing is an error: guessing would search for something else.
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

// queryKey is under which a request's query stands in its context.
const queryKey = "query"

// parameterName is a form in which a parameter's name can hardly be a person's data.
var parameterName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)

// maxIgnored is how many of them are named in the log.
const maxIgnored = 8

// ignored returns the names of the parameters that the request gave and its route does not know. "..." stands for more, and for those whose
// names may hold something private.
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

// Text returns a parameter, "" where it is absent or empty.
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

// Either returns a parameter that has two spellings.
func (q *Query) Either(name, also string) string {
	text, other := q.Text(name), q.Text(also)
	if text != "" && other != "" && text != other {
		q.Refuse(also, "contradicts "+name)
	}
	return cmp.Or(text, other)
}

// List returns the parts of a comma-separated parameter, which may also be repeated, without the empty ones.
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
