package journey

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// A LoadReport is the outcome of [Load].
type LoadReport struct {
	// Journeys is the number of journeys that began.
	Journeys int `json:"journeys"`
	Failed   int `json:"failed"`
	// NotStarted counts the arrivals that found Crowd.Concurrency journeys in progress.
	NotStarted int `json:"notStarted"`
	// Interrupted reports that the context ended before the crowd did.
	Interrupted bool `json:"interrupted,omitempty"`
	// PerSecond is the rate of successful journeys.
	PerSecond float64 `json:"journeysPerSecond"`
	// Percentiles are durations of successful journeys: with a rate from the planned arrival, else
	// from the first request.
	Percentiles
	// Seconds is the total time.
	Seconds float64 `json:"seconds"`
	// StartDelay is the time between planned arrivals and the begin of their journeys, with a rate.
	// If it is not small, the simulator itself was too slow.
	StartDelay *Percentiles `json:"startDelay,omitempty"`
	// Steps are in the order of their first answer.
	Steps []StepLatency `json:"steps"`
	// Errors counts failures by step.
	Errors map[string]int `json:"errors"`
	// Kinds counts failures by step and kind, the most frequent first.
	Kinds    []FailureCount `json:"kinds"`
	Settings LoadSettings   `json:"settings"`
	// Example is the first failure in full.
	Example string `json:"example,omitempty"`
}

// LoadSettings are the settings of a [Crowd]; 0 or empty where none was given.
type LoadSettings struct {
	Devices     int     `json:"devices,omitempty"`
	Seconds     float64 `json:"seconds,omitempty"`
	Rate        float64 `json:"ratePerSecond,omitempty"`
	Concurrency int     `json:"concurrency"`
	// Mix is the share of each platform, in percent.
	Mix map[string]float64 `json:"mix"`
}

func settingsOf(c *Crowd) LoadSettings {
	s := LoadSettings{
		Devices: c.Devices, Seconds: c.Duration.Seconds(), Rate: c.Rate, Concurrency: c.Concurrency,
		Mix: map[string]float64{},
	}
	for _, p := range c.Platforms {
		s.Mix[p]++
	}
	for p, n := range s.Mix {
		s.Mix[p] = 100 * n / float64(len(c.Platforms))
	}
	return s
}

// WriteText writes the report for people: settings, percentiles by step, failures by kind.
func (r *LoadReport) WriteText(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	s := r.Settings
	if s.Rate > 0 {
		fmt.Fprintf(w, "%d journeys at %g a second, at most %d at a time", r.Journeys, s.Rate, s.Concurrency)
	} else {
		fmt.Fprintf(w, "%d journeys, %d at a time", r.Journeys, s.Concurrency)
	}
	fmt.Fprintf(w, ", in %.1f s (%s)\n", r.Seconds, mixText(s.Mix))
	fmt.Fprintf(w, "%.1f a second succeeded; %d failed, %d not started\n", r.PerSecond, r.Failed, r.NotStarted)
	if r.Interrupted {
		fmt.Fprintln(w, "interrupted")
	}
	width := len("delay of the start")
	for _, step := range r.Steps {
		width = max(width, len(step.Step))
	}
	for _, f := range r.Kinds {
		width = max(width, len(f.Step))
	}
	fmt.Fprintf(w, "\n%-*s\tcount\tp50\tp90\tp99\tp99.9\tmax\t\n", width, "milliseconds")
	row := func(name string, count int, p Percentiles) {
		fmt.Fprintf(w, "%-*s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t\n", width, name, count, p.P50, p.P90, p.P99, p.P999,
			p.Max)
	}
	row("whole journey", r.Journeys-r.Failed, r.Percentiles)
	for _, step := range r.Steps {
		row(step.Step, step.Count, step.Percentiles)
	}
	if r.StartDelay != nil {
		row("delay of the start", r.Journeys, *r.StartDelay)
	}
	if len(r.Kinds) > 0 {
		fmt.Fprintf(w, "\n%-*s\tcount\t  kind\n", width, "failures")
		for _, f := range r.Kinds {
			fmt.Fprintf(w, "%-*s\t%d\t  %s\n", width, f.Step, f.Count, f.Kind)
		}
	}
	return w.Flush()
}
