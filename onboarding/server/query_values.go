package server

import (
	"time"

	"onramp/onboarding"
)

// instant reads a parameter that is a time with its zone, or with last the end of the second (or its fraction) that it names. It is nil where the
// parameter is absent.
func (q *query) instant(name string, last bool) *time.Time {
	text := q.text(name)
	if text == "" {
		return nil
	}
	if _, err := onboarding.ParseTime(name, text); err != nil {
		q.refuse(name, "not a time with its zone, like 2022-07-08T08:08:44Z")
		return nil
	}
	named, err := onboarding.ParseStretch(name, text)
	if err != nil {
		q.refuse(name, "not a time with its zone, like 2022-07-08T08:08:44Z")
		return nil
	}
	if last {
		return new(named.Last())
	}
	return &named.Start
}

// boolean reads a parameter that is true or false, nil where it is absent.
func (q *query) boolean(name string) *bool {
	switch text := q.text(name); text {
	case "":
		return nil
	case "true", "false":
		yes := text == "true"
		return &yes
	}
	q.refuse(name, "not true or false")
	return nil
}
