package onboarding

import "context"

// TallyOf counts visits from nothing, for tests that compare.
func TallyOf(o *Organization, customerID string, visits []Visit) *Tally {
	return tallyOf(o, &Tally{CustomerID: customerID, OrganizationID: o.ID}, visits)
}

// NewSegmentPass returns what one process of its own does at each tick of RunSegments.
func NewSegmentPass(s *Service) func(context.Context) error {
	r := segmentRunner{service: s, holder: NewID(), seen: map[string]*declared{}}
	return r.run
}

// SegmentsSettle and SegmentsLease are RunSegments' own.
const (
	SegmentsSettle = segmentsSettle
	SegmentsLease  = segmentsLease
)
