package web

import (
	"encoding/json"
	"time"
)

// Timestamp is an instant on the wire (RFC 3339). Each member of an answer always uses the same one
// of the forms below, because parsers with a fixed format reject a fraction of varying length.
type Timestamp string

const (
	secondsForm  = "2006-01-02T15:04:05Z"
	millisForm   = "2006-01-02T15:04:05.000Z"
	businessForm = "2006-01-02T15:04:05-07:00"
)

// Seconds formats an instant in UTC with whole seconds.
func Seconds(t time.Time) Timestamp { return Timestamp(t.UTC().Format(secondsForm)) }

// Millis formats an instant in UTC with milliseconds.
func Millis(t time.Time) Timestamp { return Timestamp(t.UTC().Format(millisForm)) }

// Local formats an instant in a time zone with whole seconds and the zone's offset.
func Local(t time.Time, zone *time.Location) Timestamp {
	return Timestamp(t.In(zone).Format(businessForm))
}

// SecondsOrNull and MillisOrNull return null for an unknown instant.

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
