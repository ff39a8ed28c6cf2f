package forecast

import (
	"maps"
	"slices"
	"time"
)

// Share is the number of profiles that accept the certificate and were downloaded until the end of
// a day.
type Share struct {
	Day    time.Time // 00:00 UTC
	Accept int
}

// Shares returns the days on which profiles that accept the certificate were downloaded, oldest
// first. It counts only the profiles that are still held.
func (s *Summary) Shares() []Share {
	var shares []Share
	accept := 0
	for _, day := range slices.SortedFunc(maps.Keys(s.Days), time.Time.Compare) {
		accept += s.Days[day]
		shares = append(shares, Share{day, accept})
	}
	return shares
}
