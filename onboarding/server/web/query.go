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
	values url.Values
	known  map[string]bool // names of the parameters that were read
	strict bool
	Faults onboarding.Faults
}

// MaxParameters limits the parameters of a query and the fields of a form without files.
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

func NewQuery(values url.Values) *Query { return &Query{values: values, known: map[string]bool{}} }

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
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		if q.known[name] {
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

// Err returns all findings as one error, or nil.
func (q *Query) Err() error { return q.Faults.Err() }

// Strict makes empty and repeated parameters errors, for searches: a misread search could return
// every object instead of one. It returns q.
func (q *Query) Strict() *Query {
	q.strict = true
	return q
}

// Text returns a parameter, or "" if it is absent.
func (q *Query) Text(name string) string {
	given := q.given(name)
	switch {
	case len(given) == 0:
		return ""
	case q.strict && len(given) > 1:
		q.Refuse(name, "given twice")
		return ""
	case q.strict && given[0] == "":
		q.Refuse(name, "empty")
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
		default:
			continue
		}
		if q.strict {
			return ""
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
// A strict query requires at least one part of a parameter that is given.
func (q *Query) List(name string) []string {
	if q.strict {
		text := q.Text(name)
		list := parts(text)
		if text != "" && list == nil {
			q.Refuse(name, "empty")
		}
		return list
	}
	var list []string
	for _, value := range q.given(name) {
		if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			q.Refuse(name, "not UTF-8 without NUL bytes")
		}
		list = append(list, parts(value)...)
	}
	return list
}

// parts returns the non-empty parts of a comma-separated text.
func parts(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// Raw returns a parameter that may be empty, or nil if it is absent.
func (q *Query) Raw(name string) *string {
	given := q.given(name)
	if len(given) == 0 {
		return nil
	}
	if len(given) > 1 {
		q.Refuse(name, "given twice")
	}
	return &given[0]
}

// Names returns the sorted names of the given parameters.
func (q *Query) Names() []string { return slices.Sorted(maps.Keys(q.values)) }

// given returns a parameter's values, and marks the parameter as read.
func (q *Query) given(name string) []string {
	q.known[name] = true
	return q.values[name]
}

// Refuse records an invalid parameter.
func (q *Query) Refuse(name, message string) { q.Faults.Refuse(name, message) }
