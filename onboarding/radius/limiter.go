package radius

import (
	"sync"
	"time"

	"onramp/onboarding"
)

// limiter remembers which rows of attempts, counts and access points this process has written
// within a period, so that a flood of new ones beyond the limits of the store costs no look at the
// database. Its memory is bounded.
type limiter struct {
	period time.Duration
	mu     sync.Mutex
	begun  time.Time
	size   int
	scopes map[string]map[string]struct{}
}

// maxRemembered is the maximum number of rows that a limiter remembers. Beyond it, it forgets all.
const maxRemembered = 200_000

// admit reports whether a row of a scope exists or may be written at an instant: whether fewer than
// most others were. A row of an earlier period is always admitted.
func (l *limiter) admit(scope, row string, most int, at time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	period := at.Truncate(l.period)
	switch {
	case period.Before(l.begun):
		return true
	case period.After(l.begun) || l.size >= maxRemembered:
		l.begun, l.size, l.scopes = period, 0, map[string]map[string]struct{}{}
	}
	rows := l.scopes[scope]
	if _, known := rows[row]; known {
		return true
	}
	if len(rows) >= most {
		return false
	}
	if rows == nil {
		rows = map[string]struct{}{}
		l.scopes[scope] = rows
	}
	rows[row] = struct{}{}
	l.size++
	return true
}

// maxNewAccessPoints is the maximum number of undeclared access points that one process stores
// within a minute.
const maxNewAccessPoints = 100

// limits holds the limiters of a process.
type limits struct{ attempts, failures, accessPoints limiter }

func newLimits() *limits {
	return &limits{
		attempts: limiter{period: time.Hour}, failures: limiter{period: time.Hour},
		accessPoints: limiter{period: time.Minute},
	}
}

// admitAttempt reports whether the store may have room for an attempt.
func (l *limits) admitAttempt(a *onboarding.Attempt) bool {
	if a.CustomerID != "" {
		scope := string(a.Attribution) + " failed " + a.CustomerID
		if a.Accepted() {
			scope = "accepted " + a.CustomerID
		}
		return l.attempts.admit(scope, a.ID, onboarding.MaxAttemptsOfCustomer, a.Last)
	}
	return l.attempts.admit("host "+a.HostID, a.ID, onboarding.MaxAttemptsOfHost, a.Last) &&
		l.attempts.admit("point "+a.AccessPoint, a.ID, onboarding.MaxAttemptsOfAccessPoint, a.Last)
}

// admitFailure returns the failure as it is counted: beyond the limit, without its place.
func (l *limits) admitFailure(f onboarding.LoginFailure, at time.Time) onboarding.LoginFailure {
	row := f.AccessPoint + "\x00" + f.HotspotID + "\x00" + string(f.Reason)
	if !l.failures.admit(f.OrganizationID, row, onboarding.MaxFailureCounts, at) {
		f.AccessPoint, f.HotspotID = "", ""
	}
	return f
}
