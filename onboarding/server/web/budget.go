package web

import (
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// The memory for bodies of requests that are not answered yet, over all listeners. The last quarter is kept for FreeRADIUS, so
// that nothing that strangers send keeps a phone from connecting.
const (
	BodyBudget       = 32 << 20
	PublicBodyBudget = BodyBudget / 4 * 3
	bodyPortion      = 2 << 10 // read first; the buffer then grows with what really comes
)

// errNoMemory is the answer to a body for which there is no memory at the moment.
var errNoMemory = &onboarding.Error{
	Kind: onboarding.Unavailable, Message: "too many bodies are being read, try again", RetryAfter: 2 * time.Second,
}

// Budget counts the bytes of the bodies in flight.
type Budget struct{ used atomic.Int64 }

// Share opens the share of one request, which may use the budget up to limit.
func (b *Budget) Share(limit int64) *Share { return &Share{of: b, limit: limit} }

// InUse returns the number of bytes that requests hold.
func (b *Budget) InUse() int64 { return b.used.Load() }

// Share is one request's part of the budget.
type Share struct {
	of    *Budget
	limit int64 // of the whole budget, for this request's listener
	taken int64
}

// Grow makes the share hold size bytes, or reports that there is no room.
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

// Release gives everything back.
func (s *Share) Release() {
	s.of.used.Add(-s.taken)
	s.taken = 0
}

// shareKey is the key of the request's share in its context.
const shareKey = "onramp.share"

func shareOf(c echo.Context) *Share { return c.Get(shareKey).(*Share) }
