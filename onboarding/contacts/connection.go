package contacts

import (
	"context"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// Page sizes.
const (
	DefaultPageSize = 100
	MaxPageSize     = 10000
)

// Connection is a Wi-Fi connection for operators.
type Connection struct {
	Start, Stop    *time.Time           // Stop is nil while it is open
	Duration       int64                // seconds
	Traffic        int64                // octets, both directions
	Location       *onboarding.Location // nil when unknown
	Hotspot        *onboarding.Hotspot  // nil when unknown
	AccessPoint    string               // the NAS-Identifier of an unknown one
	MAC, Address   string
	TerminateCause string
	Abroad         bool // at another organization's access point
}

// Connections is a page of connections, newest first. Scroll opens the next page; it is empty on
// the last.
type Connections struct {
	Connections []Connection
	Scroll      string
}

// connectionsCursor is the state of a scroll over a customer's connections.
type connectionsCursor struct {
	OrganizationID string    `json:"o"`
	CustomerID     string    `json:"c"`
	Size           int       `json:"n"`
	Start          time.Time `json:"at"`
	UniqueID       string    `json:"u"`
}

const purposeConnections = "accountings"

// Connections returns a page of the customer's connections. A size of 0 is the default, or with a
// scroll the scroll's size; any other size with a scroll must equal it.
func (s *Contacts) Connections(
	ctx context.Context, by *onboarding.Caller, customerID string, size int, scroll string,
) (*Connections, error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	if size < 0 || size > MaxPageSize {
		return nil, onboarding.InvalidField("size", "not between 1 and %d", MaxPageSize)
	}
	at := connectionsCursor{OrganizationID: c.OrganizationID, CustomerID: c.ID, Size: size}
	if scroll != "" {
		if err := s.access.OpenCursor(ctx, purposeConnections, scroll, &at); err != nil {
			return nil, err
		}
		if at.CustomerID != c.ID || at.OrganizationID != c.OrganizationID {
			return nil, access.ErrCursor
		}
		if size != 0 && size != at.Size {
			return nil, onboarding.InvalidField("size", "must equal the first request of the scroll")
		}
	}
	if at.Size == 0 {
		at.Size = DefaultPageSize
	}
	o, err := s.store.Organization(ctx, c.OrganizationID)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Connections(ctx, onboarding.ConnectionQuery{CustomerID: c.ID, Limit: at.Size + 1,
		Start: at.Start, UniqueID: at.UniqueID})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		if err := s.access.NotDeleted(ctx, by, c); err != nil {
			return nil, err
		}
	}
	page := &Connections{Connections: []Connection{}}
	if len(found) > at.Size {
		found = found[:at.Size]
		last := found[at.Size-1]
		at.Start, at.UniqueID = last.Start(), last.UniqueID
		if page.Scroll, err = s.access.SealCursor(ctx, purposeConnections, at); err != nil {
			return nil, err
		}
	}
	for _, session := range found {
		page.Connections = append(page.Connections, connection(session, o))
	}
	return page, s.recordRead(ctx, c, onboarding.AuditContactRead, len(found), "connections")
}

func connection(s *onboarding.Connection, o *onboarding.Organization) Connection {
	start := s.Start()
	c := Connection{
		Start: &start, Stop: s.Stop(), Duration: s.Seconds(), Traffic: s.Traffic(),
		AccessPoint: s.NASIdentifier, MAC: s.MAC, Address: s.Address, TerminateCause: s.TerminateCause(),
		Abroad: s.Abroad(),
	}
	if s.LocationID != "" {
		c.Location = o.Location(s.LocationID)
	}
	if s.HotspotID != "" {
		_, c.Hotspot = o.Hotspot(s.HotspotID)
	}
	return c
}

// Stations returns the devices that connected with the customer's credential, the latest first.
func (s *Contacts) Stations(
	ctx context.Context, by *onboarding.Caller, customerID string,
) ([]onboarding.Station, error) {
	c, err := s.access.Customer(ctx, by, customerID)
	if err != nil {
		return nil, err
	}
	found, err := s.store.Stations(ctx, c.ID)
	if err == nil && len(found) == 0 {
		err = s.access.NotDeleted(ctx, by, c)
	}
	if err != nil {
		return nil, err
	}
	return found, s.recordRead(ctx, c, onboarding.AuditContactRead, len(found), "stations")
}

// UnknownAccessPoints returns the access points that send RADIUS and match no declared hotspot,
// last seen first. They belong to no tenant, so the result is for the deployment's operator only.
func (s *Contacts) UnknownAccessPoints(ctx context.Context, limit int) ([]onboarding.AccessPoint, error) {
	return s.store.AccessPoints(ctx, limit)
}

// Disconnects returns the organization's disconnect requests and their results, newest first.
func (s *Contacts) Disconnects(
	ctx context.Context, by *onboarding.Caller, organizationID string, limit int,
) ([]*onboarding.Disconnect, error) {
	o, err := s.access.Organization(ctx, by, organizationID)
	if err == nil && by.LocationID() != "" {
		err = onboarding.ForbiddenError("not for one location")
	}
	if err != nil {
		return nil, err
	}
	return s.store.Disconnects(ctx, o.ID, limit)
}
