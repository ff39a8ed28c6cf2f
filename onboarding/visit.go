package onboarding

import (
	"time"
)

// Visit is a run of one customer's sessions at one location, each beginning less than the tenant's visit gap after the ones before have ended. Visits
// are kept of customers who agreed to be profiled, and of no one else.
type Visit struct {
	ID             string
	OrganizationID string
	CustomerID     string
	LocationID     string
	HotspotID      string // of its first session, if known
	Start, End     time.Time
	Sessions       int
	Proven         bool // at least one of its sessions was authenticated by us
}
