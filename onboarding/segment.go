package onboarding

import (
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
