package onboarding

import (
	"context"
	"time"
)

// MetricsReader reads tallies.
type MetricsReader interface {
	// MetricsOf returns the tallies of those of the customers who have one, by customer ID, in one statement however many they are.
	MetricsOf(ctx context.Context, customerIDs []string) (map[string]*Tally, error)
	// VisitBounds looks at the customer's visits at the location; ErrNotFound if there are none.
	VisitBounds(ctx context.Context, customerID, locationID string) (VisitBounds, error)
}

// MetricsWriter writes them.
type MetricsWriter interface {
	// BeginTally makes an empty tally unless the customer has one.
	BeginTally(ctx context.Context, organizationID, customerID string) error
	// PutTally creates or replaces the whole tally.
	PutTally(ctx context.Context, t *Tally) error
	// ForgetBehaviour removes the customer's tally, visits and logins (as events).
	ForgetBehaviour(ctx context.Context, customerID string) error
}

// EventOrder is a time by which events are ordered; their IDs decide among equals.
type EventOrder string

const (
	ByUTC      EventOrder = "utcTime"
	ByBusiness EventOrder = "businessTime" // what the clock on the wall said, at each one's own location
)

// EventPosition is where a page of events ended.
type EventPosition struct {
	At time.Time // of the order's time; a business time as if it were UTC
	ID string
}

// EventQuery is a page of an organization's history, or of one customer's.
type EventQuery struct {
	OrganizationID string
	CustomerID     string      // empty: everybody's
	Types          []EventType // empty: all
	// From and To bound Event.At, both inclusive.
	From, To    *time.Time
	Order       EventOrder     // empty: ByUTC
	OldestFirst bool           // else newest first
	After       *EventPosition // nil: the first page
	Limit       int
}

// EventReader reads the history.
type EventReader interface {
	// Events returns a page. Visits are among them, made of the customer's visits as they are now: at their start, with a Duration once no
	// session of theirs is open. Visits and logins of a customer who is not profiled are left out, whatever is stored.
	Events(ctx context.Context, q EventQuery) ([]Event, error)
}

// SegmentSweep is how far an organization's customers have been gone through after its declarations changed.
type SegmentSweep struct {
	OrganizationID string
	Declared       string // fingerprint of the declarations that the sweep is for
	Position       string // the last customer it has done
	Done           bool
	Holder         string    // the process that goes through them
	Held           time.Time // until when nobody else does
}

// SegmentReader reads who is in which segment.
type SegmentReader interface {
	// SegmentsOf returns the IDs of the segments, in ascending order, of those of the customers who are in any, by customer ID, in one statement however
	// many they are.
	SegmentsOf(ctx context.Context, customerIDs []string) (map[string][]string, error)
	// SegmentSweep returns the organization's; ErrNotFound before the first.
	SegmentSweep(ctx context.Context, organizationID string) (*SegmentSweep, error)
	// SegmentsDue returns up to limit of the organization's customers whose segments time may have changed by now, the longest due first.
	SegmentsDue(ctx context.Context, organizationID string, now time.Time, limit int) ([]string, error)
	// CustomersAfter returns up to limit of the organization's customers in the order of their IDs.
	CustomersAfter(ctx context.Context, organizationID, afterID string, limit int) ([]*Customer, error)
}

// SegmentWriter writes it.
type SegmentWriter interface {
	// PutSegments makes these the customer's segments; due is when time may change them, nil for never.
	PutSegments(ctx context.Context, organizationID, customerID string, segmentIDs []string, due *time.Time) error
	// PutSegmentSweep creates or replaces the organization's.
	PutSegmentSweep(ctx context.Context, s *SegmentSweep) error
}
