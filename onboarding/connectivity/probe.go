package connectivity

import (
	"context"
	"sync"
	"time"

	"onramp/onboarding"
)

// Probe asks the RADIUS server for the packets that it drops, which leave no attempt.
type Probe interface {
	// Health asks the server. An error means that it could not be asked, such as without a
	// configured address; a server that does not answer is no error.
	Health(ctx context.Context) (*Health, error)
}

// Health is the state of the RADIUS server.
type Health struct {
	At time.Time
	// Answers reports whether the server answered a Status-Server request (RFC 5997).
	Answers bool
	// Address is the address that was asked.
	Address string
	// Unavailable reports that Onramp's AAA listener, which the RADIUS server asks, accepts no
	// connection.
	Unavailable bool
	// Dropped lists the senders whose packets the server dropped lately.
	Dropped []Dropped
}

// DropReason is the reason why the RADIUS server drops a sender's packets.
type DropReason string

const (
	// DroppedSecret: the packets are signed with another secret.
	DroppedSecret DropReason = "secret"
	// DroppedClient: the sender is not declared as a client.
	DroppedClient DropReason = "client"
)

// Dropped counts packets that the RADIUS server dropped.
type Dropped struct {
	Reason DropReason
	// HotspotID is the declared hotspot that sends them; with DroppedClient, one from whose address
	// nothing came, so that it may be the sender. Empty if unknown.
	HotspotID string
	Address   string // of the sender; empty if unknown
	Count     int64
	Last      time.Time
}

const (
	probeReuse   = 30 * time.Second       // for which an answer is reused
	probeTimeout = 5 * time.Second        // of one probe
	probeWait    = 500 * time.Millisecond // for which a verdict waits, except at the command line
)

// cachedProbe reuses answers and limits the wait for them.
type cachedProbe struct {
	probe Probe
	clock onboarding.Clock

	mu      sync.Mutex
	last    *Health
	asked   time.Time     // of the last probe's beginning, by the system's clock
	running chan struct{} // closed when the running probe ends; nil: none runs
}

// health returns the last answer, or nil if there is none. It waits up to the given time for a
// probe.
func (p *cachedProbe) health(ctx context.Context, wait time.Duration) *Health {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	if p.running == nil && time.Since(p.asked) >= probeReuse {
		p.asked, p.running = time.Now(), make(chan struct{})
		go p.run(context.WithoutCancel(ctx), p.running)
	}
	running := p.running
	p.mu.Unlock()
	if running != nil {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-running:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

func (p *cachedProbe) run(ctx context.Context, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	health, err := p.probe.Health(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.running = nil, nil
	if err == nil {
		p.last = health
	}
	close(done)
}

// RunProbe asks the RADIUS server every 30 s until ctx ends. A probe that counts dropped packets
// learns their times from it.
func (s *Connectivity) RunProbe(ctx context.Context) {
	onboarding.Repeat(ctx, probeReuse, func() { s.probe.health(ctx, probeTimeout) })
}
