package visits

import (
	"context"

	"onramp/onboarding"
)

// NewSegmentPass returns what one process of its own does at each tick of RunSegments.
func NewSegmentPass(s *Visits) func(context.Context) error {
	r := segmentRunner{service: s, holder: onboarding.NewID(), seen: map[string]*declared{}}
	return r.run
}

// SegmentsSettle and SegmentsLease are RunSegments' own.
const (
	SegmentsSettle = segmentsSettle
	SegmentsLease  = segmentsLease
)
