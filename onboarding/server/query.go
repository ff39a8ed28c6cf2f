package server

import (
	"cmp"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// query are a request's parameters. Only those that a route asks for are looked at; those that are unreadable are remembered.
type query struct {
	values url.Values
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
	return &query{values: values}, nil
}

func (q *query) err() error { return q.faults.Err() }

// text returns a parameter, "" where it is absent or empty.
func (q *query) text(name string) string {
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
