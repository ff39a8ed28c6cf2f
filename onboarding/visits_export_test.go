package onboarding

import "context"

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
