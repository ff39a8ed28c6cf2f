package onboarding

import (
	"onramp/onboarding/auth"
	"time"
)

// Credential is a customer's user name and Wi-Fi password. There is one a customer; profiles carry it to any number of
// devices, and replacing its password ends it on all of them at once.
type Credential struct {
	CustomerID     string
	OrganizationID string
	Username       string
	Password       Sealed
	Created        time.Time // of this password: a rotation starts it anew, and it names the generation that proofs are of
	Expires        time.Time
}

// nearEnd reports whether the credential is in the last tenth of its lifetime or past its end: the time in which a proven
// caller moves the end.
func (c *Credential) NearEnd(lifetime time.Duration, now time.Time) bool {
	return !now.Before(c.Expires.Add(-lifetime / 10))
}

// replaced returns the next generation of the credential. Its creation names it, so that it is later than that of the one before whatever
// the clock says.
func (c *Credential) Replaced(password Sealed, now time.Time, lifetime time.Duration) *Credential {
	fresh := *c
	fresh.Password, fresh.Created, fresh.Expires = password, now, now.Add(lifetime)
	if !fresh.Created.After(c.Created) {
		fresh.Created = c.Created.Add(time.Microsecond)
	}
	return &fresh
}

// OpenPassword unseals a credential's password.
func (s *Sealer) OpenPassword(c *Credential) (string, error) {
	plain, err := s.Open(c.Password, PasswordPurpose(c.CustomerID))
	return string(plain), err
}

// NewDecoy returns a sealed credential of no customer. It stands in for that of an unknown user, so
// that a miss takes the work of a hit.
func NewDecoy(sealer *Sealer) Credential {
	decoy := Credential{CustomerID: NewID()}
	decoy.Password = sealer.Seal([]byte(auth.GeneratePassword()), PasswordPurpose(decoy.CustomerID))
	return decoy
}
