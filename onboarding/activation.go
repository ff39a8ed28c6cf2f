package onboarding

import "time"

// Activation is a capability: whoever holds the token may download the customer's profiles until it expires or its hits are
// used up. Only the token's hash is stored.
type Activation struct {
	TokenHash      string
	CustomerID     string
	OrganizationID string
	Created        time.Time
	Expires        time.Time
	MaxHits        int
	Hits           int
	// SharesHitsOf is the TokenHash of the link whose downloads these are: that one's MaxHits and Hits hold for both. Empty: the link
	// counts for itself.
	SharesHitsOf string
	// Ended is set once the credential for which the link was made has been replaced.
	Ended bool
}

// counter is the TokenHash of the link that counts this one's downloads.
func (a *Activation) counter() string {
	if a.SharesHitsOf != "" {
		return a.SharesHitsOf
	}
	return a.TokenHash
}

// What a link has unless its maker says otherwise.
const (
	DefaultActivationLifetime = time.Hour
	DefaultActivationHits     = 10
	// InstalledGrace is how long after its expiry a link still takes the report of an installation.
	InstalledGrace = 24 * time.Hour
)
