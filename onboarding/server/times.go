package server

import (
	"encoding/json"
	"time"
)

// A timestamp is an instant on the wire (RFC 3339). Each member of an answer has one of the forms below, and so one width: parsers with a
// fixed format take neither a fraction that is cut short nor one that comes and goes.
type timestamp string

const (
	secondsForm  = "2006-01-02T15:04:05Z"
	millisForm   = "2006-01-02T15:04:05.000Z"
	businessForm = "2006-01-02T15:04:05-07:00"
)

// seconds returns an instant to the whole second, in UTC.
func seconds(t time.Time) timestamp { return timestamp(t.UTC().Format(secondsForm)) }

// millis returns an instant to the millisecond, in UTC.
func millis(t time.Time) timestamp { return timestamp(t.UTC().Format(millisForm)) }

// business returns an instant to the whole second by the clock of a place, with that clock's offset.
func business(t time.Time, zone *time.Location) timestamp {
	return timestamp(t.In(zone).Format(businessForm))
}

// secondsOrNull and millisOrNull are null where the instant is not known.

func secondsOrNull(t *time.Time) *timestamp { return inForm(t, seconds) }

func millisOrNull(t *time.Time) *timestamp { return inForm(t, millis) }

func inForm(t *time.Time, form func(time.Time) timestamp) *timestamp {
	if t == nil {
		return nil
	}
	return new(form(*t))
}

// MarshalJSON implements json.Marshaler.
func (t timestamp) MarshalJSON() ([]byte, error) { return json.Marshal(string(t)) }
