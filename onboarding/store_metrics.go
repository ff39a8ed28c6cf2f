package onboarding

import (
	"context"
	"time"
)

// MetricsReader reads tallies.
type MetricsReader interface {
	// MetricsOf returns the tallies of the given customers that have one, by customer ID. It is
	// one statement for any number of customers.
	MetricsOf(ctx context.Context, customerIDs []string) (map[string]*Tally, error)
	// VisitBounds returns the bounds of the customer's visits at the location; ErrNotFound if
	// there are none.
	VisitBounds(ctx context.Context, customerID, locationID string) (VisitBounds, error)
}

// MetricsWriter writes tallies.
type MetricsWriter interface {
	// BeginTally creates an empty tally unless the customer has one.
	BeginTally(ctx context.Context, organizationID, customerID string) error
	// PutTally creates or replaces a tally as a whole.
	PutTally(ctx context.Context, t *Tally) error
	// ForgetBehaviour deletes the customer's tally, visits and logins (as events).
	ForgetBehaviour(ctx context.Context, customerID string) error
}

// EventOrder is the time by which events are ordered. Events with equal times are ordered by ID.
type EventOrder string

const (
	ByUTC      EventOrder = "utcTime"
	ByBusiness EventOrder = "businessTime" // local time at the location of each event
)

// EventPosition is the end of a page of events.
type EventPosition struct {
	At time.Time // in the order's time; a business time as if it were UTC
	ID string
}

// EventQuery selects a page of events of an organization or of one customer.
type EventQuery struct {
	OrganizationID string
	CustomerID     string      // empty: all customers
	CustomersOf    string      // a location: only events of its customers; empty: all
	Types          []EventType // empty: all
	// From and To bound Event.At, both inclusive.
	From, To    *time.Time
	Order       EventOrder     // empty: ByUTC
	OldestFirst bool           // else newest first
	After       *EventPosition // nil: the first page
	Limit       int
}

// EventReader reads events.
type EventReader interface {
	// Events returns a page. It includes visits, computed from the customer's current visits: at
	// their start, with a Duration once none of their connections is open. Visits and logins of a
	// customer who is not profiled are omitted, even if stored.
	Events(ctx context.Context, q EventQuery) ([]Event, error)
}

// SegmentSweep is the progress of the recomputation of an organization's segments after a change
// of its declarations.
type SegmentSweep struct {
	OrganizationID string
	Declared       string // fingerprint of the declarations used by the sweep
	Position       string // the last customer processed
	Done           bool
	Holder         string    // the process that holds the sweep
	Held           time.Time // the end of the holder's lease
}

// SegmentReader reads the members of segments.
type SegmentReader interface {
	// SegmentsOf returns the segments of the given customers that are in any, by customer ID;
	// their IDs are in ascending order. It is one statement for any number of customers.
	SegmentsOf(ctx context.Context, customerIDs []string) (map[string][]string, error)
	// SegmentSweep returns the organization's sweep; ErrNotFound before the first.
	SegmentSweep(ctx context.Context, organizationID string) (*SegmentSweep, error)
	// SegmentsDue returns up to limit of the organization's customers whose segments may have
	// changed with time by now, the longest due first.
	SegmentsDue(ctx context.Context, organizationID string, now time.Time, limit int) ([]string, error)
	// CustomersAfter returns up to limit of the organization's customers in the order of their
	// IDs, beginning after afterID.
	CustomersAfter(ctx context.Context, organizationID, afterID string, limit int) ([]*Customer, error)
}

// SegmentWriter writes the members of segments.
type SegmentWriter interface {
	// PutSegments replaces the customer's segments. due is the next time at which they may change
	// with time, nil for never.
	PutSegments(ctx context.Context, organizationID, customerID string, segmentIDs []string, due *time.Time) error
	// PutSegmentSweep creates or replaces the organization's sweep.
	PutSegmentSweep(ctx context.Context, s *SegmentSweep) error
}
