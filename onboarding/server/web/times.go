package web

import (
	"encoding/json"
	"time"
)

// A timestamp is an instant on the wire (RFC 3339). Each member of an answer has one of the forms below, and so one width: parsers with a
// fixed format take neither a fraction that is cut short nor one that comes and goes.
type Timestamp string

const (
	secondsForm  = "2006-01-02T15:04:05Z"
	millisForm   = "2006-01-02T15:04:05.000Z"
	businessForm = "2006-01-02T15:04:05-07:00"
)

// Seconds returns an instant to the whole second, in UTC.
func Seconds(t time.Time) Timestamp { return Timestamp(t.UTC().Format(secondsForm)) }

// Millis returns an instant to the millisecond, in UTC.
func Millis(t time.Time) Timestamp { return Timestamp(t.UTC().Format(millisForm)) }

// Local returns an instant to the whole second by the clock of a place, with that clock's offset.
func Local(t time.Time, zone *time.Location) Timestamp {
	return Timestamp(t.In(zone).Format(businessForm))
}

// secondsOrNull and millisOrNull are null where the instant is not known.

func SecondsOrNull(t *time.Time) *Timestamp { return inForm(t, Seconds) }

func MillisOrNull(t *time.Time) *Timestamp { return inForm(t, Millis) }

func inForm(t *time.Time, form func(time.Time) Timestamp) *Timestamp {
	if t == nil {
		return nil
	}
	return new(form(*t))
}

// MarshalJSON implements json.Marshaler.
func (t Timestamp) MarshalJSON() ([]byte, error) { return json.Marshal(string(t)) }
