package onboarding

import "time"

// instantLayouts are the forms in which apps send instants: RFC 3339, and what older SDKs print.
var instantLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05 -0700"}

// ParseTime reads an instant of a request; field is named in the error. The result is UTC, to the microsecond.
func ParseTime(field, text string) (time.Time, error) {
	for _, layout := range instantLayouts {
		at, err := time.Parse(layout, text)
		if err == nil && at.Year() >= 1970 && at.Year() < 10000 {
			return at.UTC().Truncate(time.Microsecond), nil
		}
	}
	return time.Time{}, InvalidField(field, "not a time like 2022-07-08T08:08:44Z")
}
