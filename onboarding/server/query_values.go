package server

import (
	"strings"
	"time"

	"onramp/onboarding"
)

// instant reads a parameter that is a time with its zone, nil where it is absent. A `+` before the offset that came as a space is put back.
func (q *query) instant(name string) *time.Time {
	text := q.text(name)
	if text == "" {
		return nil
	}
	if i := strings.LastIndexByte(text, ' '); i > strings.IndexByte(text, 'T') && strings.Contains(text, "T") {
		text = text[:i] + "+" + text[i+1:]
	}
	at, err := onboarding.ParseTime(name, text)
	if err != nil {
		q.refuse(name, "not a time with its zone, like 2022-07-08T08:08:44Z")
		return nil
	}
	return &at
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
