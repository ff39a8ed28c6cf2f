package visits

import (
	"context"

	"onramp/onboarding"
)

// NewSegmentPass returns one process's work at one tick of RunSegments.
func NewSegmentPass(s *Visits) func(context.Context) error {
	r := segmentRunner{visits: s, holder: onboarding.NewID(), seen: map[string]*declared{}}
	return r.run
}

// SegmentsSettle and SegmentsLease are the intervals of RunSegments.
const (
	SegmentsSettle = segmentsSettle
	SegmentsLease  = segmentsLease
)
