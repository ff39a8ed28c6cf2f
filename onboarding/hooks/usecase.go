// Package hooks is the outbox of webhooks: it posts the events that use cases have queued to the
// endpoints that organizations declare, by Standard Webhooks 1.0.
//
// # Decisions
//
// An event is a row of the database for each endpoint, written in the transaction that it reports.
// Reason: neither exists without the other, and a receiver that is down delays events and loses
// none. Delivery is at least once: a process that is killed between an answer and its own commit
// sends the event again, with the same webhook-id.
//
// The order holds for each customer and endpoint: an event waits until the earlier ones of the
// customer are delivered or given up. Reason: a receiver that fails on one person's event must get
// those of others. Events of no customer have no order.
//
// Each endpoint has attempts of its own, a few at once in each process. After failures of several
// customers in a row, one at a time tries it. Reason: a slow or dead receiver delays no other, and
// a crowd that waits does not load it.
//
// Refusals are counted by hour, location and cause, and sent once an hour has ended. Reason:
// strangers cause them, in any number.
//
// A body holds IDs and times, never a name, an address or a number. Reason: the receiver reads
// personal data by the API, with its own rights, and a delayed event spreads none that was deleted
// since. The deletion of a customer deletes the waiting events; only customer.deleted remains.
package hooks

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// Store is the storage that the use case uses.
type Store interface {
	onboarding.OrganizationReader
	onboarding.WebhookReader
	onboarding.SecretReader
	onboarding.Writer
}

// Request is one attempt of a delivery.
type Request struct {
	URL       string
	ID        string // the header webhook-id
	At        time.Time
	Signature string // the header webhook-signature
	Body      []byte
}

// Answer is the answer to a Request.
type Answer struct {
	Status     int
	RetryAfter time.Duration // 0: none was asked for
}

// Poster sends requests. The text of an error is shown to operators and holds no address.
type Poster interface {
	Post(ctx context.Context, r Request) (Answer, error)
}

// Observer receives the events of this use case, for metrics. Its methods must not block.
type Observer interface {
	// WebhookAttempted is called after each attempt.
	WebhookAttempted(delivered bool)
	// WebhookDied is called with the number of deliveries that are given up.
	WebhookDied(n int)
	// WebhookDropped is called with the number of dead deliveries that are deleted early.
	WebhookDropped(n int)
}

type unobserved struct{}

func (unobserved) WebhookAttempted(bool) {}
func (unobserved) WebhookDied(int)       {}
func (unobserved) WebhookDropped(int)    {}

// The bounds of the outbox.
const (
	// MaxWaiting is the largest number of waiting deliveries of an endpoint: beyond it the oldest
	// are given up. A busy venue queues as many within two days. MaxDead is that of dead ones:
	// beyond it the oldest are deleted.
	MaxWaiting = 1_000_000
	MaxDead    = 100_000
	// MaxAge is the longest time for which a delivery waits. The delays last three days.
	MaxAge = 5 * 24 * time.Hour
	// DeliveredKept and DeadKept are the times for which finished deliveries are kept.
	DeliveredKept = 7 * 24 * time.Hour
	DeadKept      = 30 * 24 * time.Hour
	// DefaultOverlap is the time for which a replaced secret goes on signing.
	DefaultOverlap = 24 * time.Hour
	// MaxOverlap is the longest overlap.
	MaxOverlap = 30 * 24 * time.Hour
	// MaxSecrets is the largest number of an endpoint's secrets that sign at a time. Receivers
	// bound the size of headers.
	MaxSecrets = 5
)

// Delays returns the delays before each attempt, as Standard Webhooks proposes them. Up to a fifth
// is added at random.
func Delays() []time.Duration {
	return []time.Duration{
		0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour,
		14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// Config holds the dependencies of Hooks. Store, Sealer and Access are required.
type Config struct {
	Store    Store
	Sealer   *onboarding.Sealer
	Access   *access.Control
	Poster   Poster // nil: nothing is sent
	Clock    onboarding.Clock
	Log      *slog.Logger
	Observer Observer        // nil: none
	Delays   []time.Duration // nil: those of Delays
}

// Hooks sends events and manages endpoints. Its methods are safe for concurrent use.
type Hooks struct {
	Config
	wake chan struct{}

	mu    sync.Mutex
	lines map[string]*line // by endpoint
}

// New returns the use case.
func New(c Config) *Hooks {
	if c.Observer == nil {
		c.Observer = unobserved{}
	}
	if c.Delays == nil {
		c.Delays = Delays()
	}
	c.Log = onboarding.LogOrDiscard(c.Log)
	return &Hooks{Config: c, wake: make(chan struct{}, 1), lines: map[string]*line{}}
}

// signal makes the sender of this process read the outbox at once.
func (h *Hooks) signal() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}
