package onboarding

import "time"

// Clock returns the present time. Tests set another; nil is the system's clock.
type Clock func() time.Time

// Now returns the time in UTC, cut to the microsecond that stores keep.
func (c Clock) Now() time.Time {
	if c == nil {
		return time.Now().UTC().Truncate(time.Microsecond)
	}
	return c().UTC().Truncate(time.Microsecond)
}
