package statistics

import (
	"context"
	"sync"
	"time"

	"onramp/onboarding"
)

// maxViews limits the counters of page views that wait to be written.
const maxViews = 10000

// pageViews counts page views that are not written yet.
type pageViews struct {
	mu      sync.Mutex
	waiting map[pageView]int64
}

// pageView is the key of a counter. All its values are known: the caller of a page chooses none.
type pageView struct {
	organizationID, locationID, platform string
	slot                                 time.Time
}

// Opened counts a view of the organization's sign-up page. The location must be one of the
// organization's, or empty; system is the operating system of the browser. Views beyond maxViews
// counters are not counted, while the database cannot be written.
func (s *Statistics) Opened(organizationID, locationID, system string) {
	s.views.add(pageView{
		organizationID, locationID, onboarding.StatisticsPlatform(system),
		s.clock.Now().Truncate(onboarding.StatisticsSlot),
	}, 1)
}

func (v *pageViews) add(key pageView, n int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.waiting == nil {
		v.waiting = map[pageView]int64{}
	}
	if _, known := v.waiting[key]; known || len(v.waiting) < maxViews {
		v.waiting[key] += n
	}
}

// take returns the counters, and begins anew.
func (v *pageViews) take() map[pageView]int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	taken := v.waiting
	v.waiting = nil
	return taken
}

// writeViews writes the page views in one transaction. They wait for the next one if it fails.
func (s *Statistics) writeViews(ctx context.Context) error {
	taken := s.views.take()
	if len(taken) == 0 {
		return nil
	}
	all := make([]onboarding.Statistic, 0, len(taken))
	for key, n := range taken {
		all = append(all, onboarding.Statistic{
			OrganizationID: key.organizationID, At: key.slot, LocationID: key.locationID, Platform: key.platform,
			Counts: onboarding.Counts{Opened: n},
		})
	}
	err := s.store.Write(ctx, func(tx onboarding.Tx) error { return tx.AddStatistics(ctx, all...) })
	if err != nil {
		for key, n := range taken {
			s.views.add(key, n)
		}
	}
	return err
}
