package web

import (
	"strconv"
	"strings"
	"time"

	"onramp/onboarding"
)

// Instant parses a time with its zone, or nil if the parameter is absent. With last, it returns the
// end of the second (or fraction) that the text names.
func (q *Query) Instant(name string, last bool) *time.Time {
	text := q.Text(name)
	if text == "" {
		return nil
	}
	if _, err := onboarding.ParseTime(name, text); err != nil {
		q.Refuse(name, "not a time with its zone, like 2022-07-08T08:08:44Z")
		return nil
	}
	named, err := onboarding.ParseStretch(name, text)
	if err != nil {
		q.Refuse(name, "not a time with its zone, like 2022-07-08T08:08:44Z")
		return nil
	}
	if last {
		return new(named.Last())
	}
	return &named.Start
}

// Date parses an instant in ISO 8601, in UTC unless it has a zone, or returns nil if the parameter
// is absent. With last, it returns the end of the named period, so that an upper bound includes it:
// of the day for 2026-03-29, of the minute for 12:00, of the second for 12:00:05.
func (q *Query) Date(name string, last bool) *time.Time {
	text := q.Text(name)
	if text == "" {
		return nil
	}
	named, err := onboarding.ParseStretch(name, text)
	if err != nil {
		q.Refuse(name, "not a date of ISO 8601 like 2026-03-29T12:00:00Z")
		return nil
	}
	if last {
		return new(named.Last())
	}
	return &named.Start
}

// Number returns a whole number, or nil if the parameter is absent.
func (q *Query) Number(name string) *int {
	text := q.Text(name)
	if text == "" {
		return nil
	}
	if n, err := strconv.Atoi(text); err == nil && text[0] != '+' {
		return &n
	}
	q.Refuse(name, "not a whole number")
	return nil
}

// Boolean returns a boolean parameter, or nil if it is absent. A strict query accepts any letter
// case.
func (q *Query) Boolean(name string) *bool {
	text := q.Text(name)
	if q.strict {
		text = strings.ToLower(text)
	}
	switch text {
	case "":
		return nil
	case "true", "false":
		yes := text == "true"
		return &yes
	}
	q.Refuse(name, "not true or false")
	return nil
}
