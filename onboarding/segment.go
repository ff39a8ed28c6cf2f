package onboarding

import (
	"context"
	"time"
)

// Segment is a named set of customers, declared in the tenant's YAML and kept up to date.
type Segment struct {
	ID   string           `json:"id"`
	Name string           `json:"name"`
	When SegmentCondition `json:"when"`
}

// SegmentCondition is met if all its conditions are met. A condition on an unknown fact is not
// met.
type SegmentCondition struct {
	MinVisits           *int          `json:"minVisits,omitempty"`
	MaxVisits           *int          `json:"maxVisits,omitempty"`
	MinVisitedLocations *int          `json:"minVisitedLocations,omitempty"`
	VisitedWithin       time.Duration `json:"visitedWithin,omitempty"`    // last seen at most this long ago
	NotVisitedWithin    time.Duration `json:"notVisitedWithin,omitempty"` // last seen longer ago than this
	Frequency           []string      `json:"frequency,omitempty"`        // topFrequencyBuckets
	MinAge              *int          `json:"minAge,omitempty"`
	MaxAge              *int          `json:"maxAge,omitempty"`
	Accepted            []string      `json:"accepted,omitempty"` // policy keys
	Refused             []string      `json:"refused,omitempty"`  // policy keys not accepted, or revoked
	Gender              []string      `json:"gender,omitempty"`
	Language            []string      `json:"language,omitempty"`
	Country             []string      `json:"country,omitempty"` // lower case
	Locations           []string      `json:"locations,omitempty"`
}

// Segment returns the declared segment with that ID, or nil.
func (o *Organization) Segment(id string) *Segment {
	for i := range o.Segments {
		if o.Segments[i].ID == id {
			return &o.Segments[i]
		}
	}
	return nil
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
