package journey

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"onramp/onboarding/devicesim/judge"
)

// A Crowd is a number of visitors of one portal.
//
// Without Rate the next visitor begins when an earlier one has finished: a slow server has fewer
// visitors. With Rate visitors arrive at fixed intervals, however slow the server is.
type Crowd struct {
	Link string
	// Devices is the number of visitors; 0: as many as begin within Duration.
	Devices int
	// Concurrency is the number of journeys at a time. With Rate it is their maximum: an arrival
	// that finds as many in progress is counted as not started.
	Concurrency int
	// Rate is the number of arrivals in a second; 0: no fixed rate.
	Rate float64
	// Duration is the time within which journeys begin; 0: until Devices have begun.
	Duration time.Duration
	// Platforms are used in turn; empty means iOS and Android alternately. See [ParseMix].
	Platforms []string
	// Trust holds the roots that may sign profiles; see judge.Options.
	Trust *x509.CertPool
	// Now is the phones' clock; zero means the current time.
	Now time.Time
}

// maxRate and maxConcurrency are limits of a [Crowd].
const (
	maxRate        = 100_000
	maxConcurrency = 100_000
)

func (c *Crowd) check() error {
	switch {
	case c.Devices < 0 || c.Devices == 0 && c.Duration == 0:
		return errors.New("devices must be at least 1, or a duration given")
	case c.Concurrency < 1 || c.Concurrency > maxConcurrency:
		return fmt.Errorf("concurrency must be at least 1 and at most %d", maxConcurrency)
	case math.IsNaN(c.Rate) || c.Rate < 0 || c.Rate > maxRate:
		return fmt.Errorf("the rate must be more than 0 and at most %d a second", maxRate)
	case c.Duration < 0:
		return errors.New("the duration must be positive")
	}
	return nil
}

// Load runs the journeys of a crowd, and returns when all that began have ended. It returns a
// report even if the context ends early; the error is for an invalid crowd.
func Load(ctx context.Context, c Crowd) (*LoadReport, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if len(c.Platforms) == 0 {
		c.Platforms = []string{judge.IOS, judge.Android}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, c.Concurrency
	defer transport.CloseIdleConnections()
	l := &load{Crowd: c, transport: transport, tally: newTally(), start: time.Now()}
	if c.Rate > 0 {
		l.arrive(ctx)
	} else {
		l.queue(ctx)
	}
	return l.tally.report(&c, time.Since(l.start), ctx.Err() != nil), nil
}

// load is the state of a crowd on its way.
type load struct {
	Crowd
	transport http.RoundTripper
	tally     *tally
	start     time.Time
}

// isOver reports whether a crowd ends before visitor i, who would begin at a time after its start.
func (l *load) isOver(i int, at time.Duration) bool {
	return l.Devices > 0 && i >= l.Devices || l.Duration > 0 && at >= l.Duration
}

// queue runs the journeys of a crowd without a rate.
func (l *load) queue(ctx context.Context) {
	workers := l.Concurrency
	if l.Devices > 0 {
		workers = min(workers, l.Devices)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				now := time.Now()
				if l.isOver(i, now.Sub(l.start)) {
					return
				}
				l.walk(ctx, i, now)
			}
		})
	}
	wg.Wait()
}

// arrive runs the journeys of a crowd with a rate. The duration of each counts from its planned
// arrival, so that no wait before its first request is hidden.
func (l *load) arrive(ctx context.Context) {
	places := make(chan struct{}, l.Concurrency)
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := 0; ; i++ {
		at := time.Duration(float64(i) / l.Rate * float64(time.Second))
		if l.isOver(i, at) {
			return
		}
		planned := l.start.Add(at)
		if !waitUntil(ctx, planned) {
			return
		}
		select {
		case places <- struct{}{}:
			wg.Go(func() {
				defer func() { <-places }()
				l.tally.delayed(time.Since(planned))
				l.walk(ctx, i, planned)
			})
		default:
			l.tally.missed()
		}
	}
}

// waitUntil waits for a time, which may have passed. It returns false if the context ends first.
func waitUntil(ctx context.Context, t time.Time) bool {
	if wait := time.Until(t); wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}

// walk runs the journey of visitor i, whose duration counts from a time.
func (l *load) walk(ctx context.Context, i int, from time.Time) {
	_, err := Onboard(ctx, Journey{
		Platform: l.Platforms[i%len(l.Platforms)], Link: l.Link, Trust: l.Trust, Now: l.Now,
		Transport: l.transport, Observe: l.tally.step,
	})
	l.tally.done(time.Since(from), err)
}
