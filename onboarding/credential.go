package onboarding

import "time"

// Credential is a customer's user name and Wi-Fi password. There is one a customer; profiles carry it to any number of
// devices, and replacing its password ends it on all of them at once.
type Credential struct {
	CustomerID     string
	OrganizationID string
	Username       string
	Password       Sealed
	Created        time.Time // of this password: a rotation starts it anew
	Expires        time.Time
}

// nearEnd reports whether the credential is in the last tenth of its lifetime or past its end: the time in which a proven
// caller moves the end.
func (c *Credential) nearEnd(lifetime time.Duration, now time.Time) bool {
	return !now.Before(c.Expires.Add(-lifetime / 10))
}
