package web

import (
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// The memory for the bodies of requests in flight, over all listeners. The last quarter is reserved
// for FreeRADIUS, so that other traffic cannot keep phones from connecting.
const (
	BodyBudget       = 32 << 20
	PublicBodyBudget = BodyBudget / 4 * 3
	bodyPortion      = 2 << 10 // the first read; the buffer grows with the bytes that arrive
)

// errNoMemory is the answer to a body that does not fit into the budget.
var errNoMemory = &onboarding.Error{
	Kind: onboarding.Unavailable, Message: "no memory for further request bodies, retry", RetryAfter: 2 * time.Second,
}

// Budget counts the bytes of bodies in flight.
type Budget struct{ used atomic.Int64 }

// Share opens the share of one request, which may use the budget up to limit.
func (b *Budget) Share(limit int64) *Share { return &Share{of: b, limit: limit} }

// InUse returns the number of bytes that requests hold.
func (b *Budget) InUse() int64 { return b.used.Load() }

// Share is the part of the budget that one request holds.
type Share struct {
	of    *Budget
	limit int64 // of the whole budget, for the request's listener
	taken int64
}

// Grow extends the share to size bytes, or returns an error if the budget is used up.
func (s *Share) Grow(size int64) error {
	more := size - s.taken
	if more <= 0 {
		return nil
	}
	if s.of.used.Add(more) > s.limit {
		s.of.used.Add(-more)
		return errNoMemory
	}
	s.taken = size
	return nil
}

// Release returns the share's bytes to the budget.
func (s *Share) Release() {
	s.of.used.Add(-s.taken)
	s.taken = 0
}

// shareKey is the context key of the request's share.
const shareKey = "onramp.share"

func shareOf(c echo.Context) *Share { return c.Get(shareKey).(*Share) }
