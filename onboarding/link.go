package onboarding

import (
	"context"
	"time"
)

// Link is a capability: whoever holds the token may download the customer's profiles until it expires or its hits are
// used up. Only the token's hash is stored.
type Link struct {
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
func (a *Link) Counter() string {
	if a.SharesHitsOf != "" {
		return a.SharesHitsOf
	}
	return a.TokenHash
}

// What a link has unless its maker says otherwise.
const (
	DefaultLifetime = time.Hour
	DefaultMaxHits  = 10
	// InstalledGrace is how long after its expiry a link still takes the report of an installation.
	InstalledGrace = 24 * time.Hour
)

// Resume is a code as a store keeps it: by its hash, with the link that it continues.
type Resume struct {
	CodeHash  string // keyed, so that a copy of the database opens nothing
	TokenHash string // of the link on whose page the code stands; it has one code at a time
	Created   time.Time
	Expires   time.Time
}

// ResumeReader reads codes.
type ResumeReader interface {
	// Resume returns the code's entry unless it expired by now.
	Resume(ctx context.Context, codeHash string, now time.Time) (*Resume, error)
}

// ResumeWriter writes codes.
type ResumeWriter interface {
	// PutResume keeps r in place of any earlier code of the same link.
	PutResume(ctx context.Context, r *Resume) error
	// TakeResume removes a code and reports whether it was there: of any number of concurrent calls one says so.
	TakeResume(ctx context.Context, codeHash string) (bool, error)
}
