package server

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

// query are a request's parameters. Only those that a route asks for are looked at; those that are unreadable are remembered.
type query struct {
	values url.Values
	known  map[string]bool // the names of the parameters that were asked for
	faults onboarding.Faults
}

// maxParameters is the most parameters of a query, and the most fields of a form.
const maxParameters = 256

// queryOf parses a request's query. A `%` that escapes nothing is an error: guessing would search for something else.
func queryOf(c echo.Context) (*query, error) {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, &onboarding.Error{Kind: onboarding.Invalid, Message: "malformed query"}
	}
	q := newQuery(values)
	c.Set(queryKey, q)
	return q, nil
}

func newQuery(values url.Values) *query { return &query{values: values, known: map[string]bool{}} }

// queryKey is under which a request's query stands in its context.
const queryKey = "query"

// parameterName is a form in which a parameter's name can hardly be a person's data.
var parameterName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,31}$`)

// maxIgnored is how many of them are named in the log.
const maxIgnored = 8

// ignored returns the names of the parameters that the request gave and its route does not know. "..." stands for more, and for those whose
// names may hold something private.
func (q *query) ignored() []string {
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

func (q *query) err() error { return q.faults.Err() }

// text returns a parameter, "" where it is absent or empty.
func (q *query) text(name string) string {
	q.known[name] = true
	given := q.values[name]
	if len(given) == 0 {
		return ""
	}
	for _, value := range given {
		switch {
		case !utf8.ValidString(value):
			q.refuse(name, "not UTF-8")
		case strings.ContainsRune(value, 0):
			q.refuse(name, "a NUL byte")
		case value != given[0]:
			q.refuse(name, "given twice")
		}
	}
	return given[0]
}

// either returns a parameter that has two spellings.
func (q *query) either(name, also string) string {
	text, other := q.text(name), q.text(also)
	if text != "" && other != "" && text != other {
		q.refuse(also, "contradicts "+name)
	}
	return cmp.Or(text, other)
}

// list returns the parts of a comma-separated parameter, which may also be repeated, without the empty ones.
func (q *query) list(name string) []string {
	var list []string
	q.known[name] = true
	for _, value := range q.values[name] {
		if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			q.refuse(name, "not UTF-8 without NUL bytes")
		}
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	}
	return list
}

func (q *query) refuse(name, message string) { q.faults.Refuse(name, message) }
