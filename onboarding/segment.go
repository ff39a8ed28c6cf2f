package onboarding

import (
	"time"
)

// Segment is a named set of customers, declared in the tenant's YAML and kept current.
type Segment struct {
	ID   string           `json:"id"`
	Name string           `json:"name"`
	When SegmentCondition `json:"when"`
}

// SegmentCondition is met when everything it names is met; a customer of whom the fact is unknown does not meet it.
type SegmentCondition struct {
	MinVisits           *int          `json:"minVisits,omitempty"`
	MaxVisits           *int          `json:"maxVisits,omitempty"`
	MinVisitedLocations *int          `json:"minVisitedLocations,omitempty"`
	VisitedWithin       time.Duration `json:"visitedWithin,omitempty"`    // last seen no longer ago than this
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
