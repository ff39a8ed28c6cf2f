package journey

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Percentiles are durations in milliseconds, with three significant digits; 0 if there was none.
type Percentiles struct {
	P50  float64 `json:"p50ms"`
	P90  float64 `json:"p90ms"`
	P99  float64 `json:"p99ms"`
	P999 float64 `json:"p999ms"`
	Max  float64 `json:"maxms"`
}

// A StepLatency is the time of the requests of one step that were answered with a status below 400.
type StepLatency struct {
	Step  string `json:"step"`
	Count int    `json:"count"`
	Percentiles
}

// A FailureCount counts the journeys that failed in one way.
type FailureCount struct {
	// Step and Kind are those of [StepError]; Kind "unexpected answer" stands for an empty one.
	Step  string `json:"step"`
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// tally collects the durations and failures of a crowd. It is safe for concurrent use.
type tally struct {
	mu         sync.Mutex
	journeys   *hdrhistogram.Histogram // successful ones
	delays     *hdrhistogram.Histogram // from the planned arrival to the begin
	names      []string                // steps in the order of their first answer
	steps      map[string]*hdrhistogram.Histogram
	failures   map[FailureCount]int // by step and kind
	failed     int
	notStarted int
	example    string
}

func newTally() *tally {
	return &tally{
		journeys: newHistogram(), delays: newHistogram(), steps: map[string]*hdrhistogram.Histogram{},
		failures: map[FailureCount]int{},
	}
}

// newHistogram returns a histogram of microseconds up to an hour.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, time.Hour.Microseconds(), 3)
}

// record adds a duration. Above an hour it counts as an hour, below a microsecond as one.
func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d.Microseconds(), 1), time.Hour.Microseconds())) // fails only outside of these
}

func percentiles(h *hdrhistogram.Histogram) Percentiles {
	at := func(percent float64) float64 { return float64(h.ValueAtPercentile(percent)) / 1000 }
	return Percentiles{P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: at(100)}
}

// step records an answered request.
func (t *tally) step(name string, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.steps[name]
	if h == nil {
		h = newHistogram()
		t.steps[name] = h
		t.names = append(t.names, name)
	}
	record(h, took)
}

// delayed records the time between a planned arrival and its begin.
func (t *tally) delayed(by time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	record(t.delays, by)
}

// missed counts an arrival that was not started.
func (t *tally) missed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notStarted++
}

// done records the end of a journey.
func (t *tally) done(took time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		record(t.journeys, took)
		return
	}
	t.failed++
	t.failures[failureOf(err)]++
	if t.example == "" {
		t.example = err.Error()
	}
}

// failureOf returns step and kind of a failure.
func failureOf(err error) FailureCount {
	var step *StepError
	if !errors.As(err, &step) {
		return FailureCount{Step: fmt.Sprintf("%T", err), Kind: "unexpected answer"}
	}
	return FailureCount{Step: step.Step, Kind: cmp.Or(step.Kind, "unexpected answer")}
}

// report returns the report of a crowd whose journeys have ended.
func (t *tally) report(c *Crowd, took time.Duration, interrupted bool) *LoadReport {
	t.mu.Lock()
	defer t.mu.Unlock()
	done := int(t.journeys.TotalCount())
	r := &LoadReport{
		Journeys: done + t.failed, Failed: t.failed, NotStarted: t.notStarted, Interrupted: interrupted,
		PerSecond: float64(done) / took.Seconds(), Percentiles: percentiles(t.journeys), Seconds: took.Seconds(),
		Errors: map[string]int{}, Kinds: []FailureCount{}, Steps: []StepLatency{}, Example: t.example,
		Settings: settingsOf(c),
	}
	if c.Rate > 0 {
		delay := percentiles(t.delays)
		r.StartDelay = &delay
	}
	for _, name := range t.names {
		h := t.steps[name]
		r.Steps = append(r.Steps, StepLatency{name, int(h.TotalCount()), percentiles(h)})
	}
	for f, n := range maps.All(t.failures) {
		r.Errors[f.Step] += n
		f.Count = n
		r.Kinds = append(r.Kinds, f)
	}
	slices.SortFunc(r.Kinds, func(a, b FailureCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Step, b.Step), cmp.Compare(a.Kind, b.Kind))
	})
	return r
}
