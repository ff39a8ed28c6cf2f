package main

import (
	"fmt"
	"io"
	"time"
)

// Intervals between progress lines. In a terminal one line is overwritten.
const (
	progressInTerminal = 200 * time.Millisecond
	progressElsewhere  = 30 * time.Second
)

// progress prints the progress of a long command.
type progress struct {
	w        io.Writer
	total    int
	began    time.Time
	terminal bool
	every    time.Duration
	shown    time.Time
	width    int // of the line in the terminal
}

func newProgress(w io.Writer, total int, began time.Time) *progress {
	p := &progress{w: w, total: total, began: began, terminal: terminal(w), every: progressElsewhere, shown: began}
	if p.terminal {
		p.every = progressInTerminal
	}
	return p
}

// show prints the number done so far, at most once per interval.
func (p *progress) show(done int) {
	now := time.Now()
	if now.Sub(p.shown) < p.every && (done < p.total || !p.terminal) {
		return
	}
	p.shown = now
	line := progressLine(done, p.total, now.Sub(p.began))
	if !p.terminal {
		fmt.Fprintln(p.w, line)
		return
	}
	fmt.Fprintf(p.w, "\r%-*s", p.width, line)
	p.width = len(line)
}

// progressLine returns the count, the rate and the estimated time left.
func progressLine(done, total int, took time.Duration) string {
	rate := float64(done) / max(took.Seconds(), 0.001)
	left := time.Duration(float64(total-done) / max(rate, 0.001) * float64(time.Second))
	return fmt.Sprintf("%d of %d (%d%%), %.0f a second, %s left", done, total, 100*done/max(total, 1), rate,
		left.Round(time.Second))
}

// end ends the line in the terminal.
func (p *progress) end() {
	if p.terminal && p.width > 0 {
		fmt.Fprintln(p.w)
	}
}
