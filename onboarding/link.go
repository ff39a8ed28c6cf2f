package onboarding

import (
	"context"
	"time"
)

// Link is a capability: its token allows to download the customer's profiles until the link
// expires or its hits are used up. Only a hash of the token is stored.
type Link struct {
	TokenHash      string
	CustomerID     string
	OrganizationID string
	Created        time.Time
	Expires        time.Time
	MaxHits        int
	Hits           int
	// SharesHitsOf is the TokenHash of the link with which this one shares its downloads: that
	// link's MaxHits and Hits apply to both. If empty, the link counts its own.
	SharesHitsOf string
	// Platforms are those whose profile was downloaded through the link, or through the link with
	// which it shares its hits; sorted.
	Platforms []string
	// ProfileOnly keeps the link from leading to the self-service page: it came from a message that
	// may have been passed on.
	ProfileOnly bool
	// Ended is set when the credential has been replaced since the link was made.
	Ended bool
}

// Counter returns the TokenHash of the link that counts this one's downloads.
func (a *Link) Counter() string {
	if a.SharesHitsOf != "" {
		return a.SharesHitsOf
	}
	return a.TokenHash
}

// Defaults of a link.
const (
	DefaultLifetime = time.Hour
	DefaultMaxHits  = 10
	// InstalledGrace is the time after a link's expiry during which it still accepts the report
	// of an installation.
	InstalledGrace = 24 * time.Hour
)

// Resume is a stored resume code: its hash, and the link that it continues.
type Resume struct {
	CodeHash  string // keyed, so that a copy of the database does not reveal codes
	TokenHash string // of the link whose page shows the code; a link has one code at a time
	Created   time.Time
	Expires   time.Time
}

// ResumeReader reads codes.
type ResumeReader interface {
	// Resume returns the code's entry unless it had expired at now.
	Resume(ctx context.Context, codeHash string, now time.Time) (*Resume, error)
}

// ResumeWriter writes codes.
type ResumeWriter interface {
	// PutResume stores r and replaces any earlier code of the same link.
	PutResume(ctx context.Context, r *Resume) error
	// TakeResume removes a code and reports whether it existed. Of any number of concurrent
	// calls, exactly one returns true.
	TakeResume(ctx context.Context, codeHash string) (bool, error)
}
