package tenant

import (
	"time"

	"onramp/onboarding"
)

const day = 24 * time.Hour

// retentionBounds are the bounds of an organization's periods. Every period may be never, except
// where it is bounded by need.
var retentionBounds = []struct {
	field string
	of    func(*onboarding.Retention) onboarding.Period
	least time.Duration
}{
	{"connections", func(r *onboarding.Retention) onboarding.Period { return r.Connections },
		onboarding.MinConnectionsKept},
	{"events", func(r *onboarding.Retention) onboarding.Period { return r.Events }, 7 * day},
	{"refusals", func(r *onboarding.Retention) onboarding.Period { return r.Refusals }, day},
	// An order that could not be sent is not repeated while the connection may be open.
	{"disconnects", func(r *onboarding.Retention) onboarding.Period { return r.Disconnects }, 31 * day},
	{"unknownStations", func(r *onboarding.Retention) onboarding.Period { return r.UnknownStations }, time.Hour},
	{"inactiveContacts", func(r *onboarding.Retention) onboarding.Period { return r.InactiveContacts }, 90 * day},
	{"unverifiedSignups", func(r *onboarding.Retention) onboarding.Period { return r.UnverifiedSignups }, 2 * day},
	{"audit", func(r *onboarding.Retention) onboarding.Period { return r.Audit }, 90 * day},
}

// maxRetention is the longest period that is not never.
const maxRetention = 100 * 366 * day

// checkRetention checks the bounds of periods, and warns of periods that contradict each other.
func checkRetention(o *onboarding.Organization, f *findings) {
	for _, b := range retentionBounds {
		p := b.of(&o.Retention)
		if p == (onboarding.Period{}) || p.Never {
			continue
		}
		// a month counts as 30 days: 3 months are as long as 90d
		if shortest := time.Duration(p.Months)*30*day + p.Time; shortest < b.least || p.Longest() > maxRetention {
			f.refuse("retention."+b.field, "range", "or write never", "must be %v to 100 years, not %v",
				onboarding.Period{Time: b.least}, p)
		}
	}
	kept := o.Retention.WithDefaults(onboarding.DefaultRetention)
	if longer(kept.UnknownStations, kept.Connections) {
		f.warn("retention.unknownStations", "longer", "",
			"connections of unknown stations are kept for %v, longer than those of customers: %v",
			kept.UnknownStations, kept.Connections)
	}
	if longer(kept.UnverifiedSignups, kept.InactiveContacts) && o.Retention.UnverifiedSignups != (onboarding.Period{}) {
		f.warn("retention.unverifiedSignups", "longer", "",
			"has no effect: inactive contacts are deleted after %v already", kept.InactiveContacts)
	}
	if attempts := (onboarding.Period{Time: o.RADIUS.AttemptLifetime()}); longer(attempts, kept.Refusals) {
		f.warn("retention.refusals", "longer", "",
			"refusals are counted for %v, but each attempt is kept for %v", kept.Refusals, attempts)
	}
}

// longer reports whether records with the period p are kept longer than those with q.
func longer(p, q onboarding.Period) bool {
	return !q.Never && (p.Never || p.Longest() > q.Longest())
}
