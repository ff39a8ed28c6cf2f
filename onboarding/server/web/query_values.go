package web

import (
	"time"

	"onramp/onboarding"
)

// Instant reads a parameter that is a time with its zone, or with last the end of the second (or its fraction) that it names. It is nil where the
// parameter is absent.
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

// Boolean reads a parameter that is true or false, nil where it is absent.
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
