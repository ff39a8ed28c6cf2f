package onboarding

import (
	"time"
)

// Visit is a sequence of one customer's connections at one location. Each begins less than the
// tenant's visit gap after all previous ones have ended. Visits are stored only for customers who
// consent to profiling.
type Visit struct {
	ID             string
	OrganizationID string
	CustomerID     string
	LocationID     string
	HotspotID      string // of its first connection, if known
	Start, End     time.Time
	Connections    int
	Proven         bool // at least one of its connections was authenticated by us
}
