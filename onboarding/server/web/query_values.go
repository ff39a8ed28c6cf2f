package web

import (
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

// Boolean returns a boolean parameter, or nil if it is absent.
func (q *Query) Boolean(name string) *bool {
	switch text := q.Text(name); text {
	case "":
		return nil
	case "true", "false":
		yes := text == "true"
		return &yes
	}
	q.Refuse(name, "not true or false")
	return nil
}
