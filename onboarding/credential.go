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
	// Notice is the hash of the link in the last notice that the credential ends, and NoticeEnd the
	// end that it announced; empty and nil without one. A rotation drops NoticeEnd.
	Notice    string
	NoticeEnd *time.Time
}

// Noticed reports whether a notice announced the present end. Its link can then renew the
// credential, until a renewal or a rotation.
func (c *Credential) Noticed() bool { return c.NoticeEnd != nil && c.NoticeEnd.Equal(c.Expires) }

// EndingCredential is a credential whose end no notice has announced.
type EndingCredential struct {
	CredentialPosition
	// Verified is set if Onramp has verified an address of the customer.
	Verified bool
}

// CredentialPosition is a place in the order of credentials by their end.
type CredentialPosition struct {
	Expires    time.Time
	CustomerID string
}

// RenewsWithin returns the last part of a credential's lifetime, in which a proven caller extends
// it: a tenth, or the days of the renewal notice if they are more.
func (o *Organization) RenewsWithin() time.Duration {
	return max(o.WiFi.ProfileLifetime/10, o.Portal.NoticeTime())
}

// NearEnd reports whether the credential has expired or ends within a time.
func (c *Credential) NearEnd(within time.Duration, now time.Time) bool {
	return !now.Before(c.Expires.Add(-within))
}

// Renewed returns the same generation of the credential with a new lifetime.
func (c *Credential) Renewed(now time.Time, lifetime time.Duration) *Credential {
	renewed := *c
	renewed.Expires = now.Add(lifetime)
	return &renewed
}

// Replaced returns the next generation of the credential. Its creation time identifies it, and is
// therefore always later than that of its predecessor, whatever the clock shows.
func (c *Credential) Replaced(password Sealed, now time.Time, lifetime time.Duration) *Credential {
	fresh := *c
	fresh.Password, fresh.Created, fresh.Expires, fresh.NoticeEnd = password, now, now.Add(lifetime), nil
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
