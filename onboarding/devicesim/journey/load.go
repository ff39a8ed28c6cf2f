package journey

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"onramp/onboarding/devicesim/judge"
)

// A Crowd is a number of visitors of one portal.
type Crowd struct {
	Link string
	// Devices is the number of journeys, Concurrency the number at a time.
	Devices, Concurrency int
	// Platforms are used in turn; empty means iOS and Android alternately.
	Platforms []string
	// Trust holds the roots that may sign profiles; see judge.Options.
	Trust *x509.CertPool
	// Now is the phones' clock; zero means the current time.
	Now time.Time
}

// A LoadReport is the outcome of [Load].
type LoadReport struct {
	Journeys int `json:"journeys"`
	Failed   int `json:"failed"`
	// PerSecond is the rate of successful journeys.
	PerSecond float64 `json:"journeysPerSecond"`
	// P50 and P99 are durations of successful journeys, in milliseconds.
	P50 float64 `json:"p50ms"`
	P99 float64 `json:"p99ms"`
	// Seconds is the total time.
	Seconds float64 `json:"seconds"`
	// Errors counts failures by step.
	Errors map[string]int `json:"errors"`
	// Example is the first failure in full.
	Example string `json:"example,omitempty"`
}

// Load runs the journeys of a crowd. It returns a report even if the context ends early; the error
// is for an invalid crowd.
func Load(ctx context.Context, c Crowd) (*LoadReport, error) {
	if c.Devices < 1 || c.Concurrency < 1 {
		return nil, errors.New("devices and concurrency must be at least 1")
	}
	if len(c.Platforms) == 0 {
		c.Platforms = []string{judge.IOS, judge.Android}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, c.Concurrency
	defer transport.CloseIdleConnections()

	report := &LoadReport{Journeys: c.Devices, Errors: map[string]int{}}
	var mu sync.Mutex
	var durations []time.Duration
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range min(c.Concurrency, c.Devices) {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= c.Devices {
					return
				}
				began := time.Now()
				_, err := Onboard(ctx, Journey{
					Platform: c.Platforms[i%len(c.Platforms)], Link: c.Link, Trust: c.Trust, Now: c.Now,
					Transport: transport,
				})
				took := time.Since(began)
				mu.Lock()
				if err == nil {
					durations = append(durations, took)
				} else {
					report.Failed++
					report.Errors[errorKind(err)]++
					if report.Example == "" {
						report.Example = err.Error()
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	report.Seconds = time.Since(start).Seconds()
	report.PerSecond = float64(len(durations)) / report.Seconds
	slices.Sort(durations)
	report.P50, report.P99 = quantile(durations, 50), quantile(durations, 99)
	return report, nil
}

func errorKind(err error) string {
	var step *StepError
	if errors.As(err, &step) {
		return step.Step
	}
	return fmt.Sprintf("%T", err)
}

// quantile returns the nearest-rank percentile of sorted durations, in milliseconds.
func quantile(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*percent + 99) / 100
	return float64(sorted[rank-1].Microseconds()) / 1000
}
