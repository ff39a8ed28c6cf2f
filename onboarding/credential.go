package onboarding

import "time"

// Credential is a customer's user name and Wi-Fi password. A customer has exactly one. Any number
// of devices hold it through their profiles; replacing the password ends it on all of them at
// once.
type Credential struct {
	CustomerID     string
	OrganizationID string
	Username       string
	Password       Sealed
	Created        time.Time // of this password; a rotation renews it. It identifies the generation of the credential
	Expires        time.Time
}

// NearEnd reports whether the credential is in the last tenth of its lifetime or expired. Within
// that time, a proven caller extends it.
func (c *Credential) NearEnd(lifetime time.Duration, now time.Time) bool {
	return !now.Before(c.Expires.Add(-lifetime / 10))
}

// Replaced returns the next generation of the credential. Its creation time identifies it, and is
// therefore always later than that of its predecessor, whatever the clock shows.
func (c *Credential) Replaced(password Sealed, now time.Time, lifetime time.Duration) *Credential {
	fresh := *c
	fresh.Password, fresh.Created, fresh.Expires = password, now, now.Add(lifetime)
	if !fresh.Created.After(c.Created) {
		fresh.Created = c.Created.Add(time.Microsecond)
	}
	return &fresh
}

// OpenPassword opens the credential's sealed password.
func (s *Sealer) OpenPassword(c *Credential) (string, error) {
	plain, err := s.Open(c.Password, PasswordPurpose(c.CustomerID))
	return string(plain), err
}
