package terminal

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

// Progress prints the progress of a long command.
type Progress struct {
	w        io.Writer
	total    int
	began    time.Time
	terminal bool
	every    time.Duration
	shown    time.Time
	width    int // of the line in the terminal
}

// NewProgress returns the progress of a command that has total steps and began at a time.
func NewProgress(w io.Writer, total int, began time.Time) *Progress {
	p := &Progress{w: w, total: total, began: began, terminal: Is(w), every: progressElsewhere, shown: began}
	if p.terminal {
		p.every = progressInTerminal
	}
	return p
}

// Show prints the number done so far, at most once per interval.
func (p *Progress) Show(done int) {
	now := time.Now()
	if now.Sub(p.shown) < p.every && (done < p.total || !p.terminal) {
		return
	}
	p.shown = now
	line := Line(done, p.total, now.Sub(p.began))
	if !p.terminal {
		fmt.Fprintln(p.w, line)
		return
	}
	fmt.Fprintf(p.w, "\r%-*s", p.width, line)
	p.width = len(line)
}

// Line returns the count, the rate and the estimated time left.
func Line(done, total int, took time.Duration) string {
	rate := float64(done) / max(took.Seconds(), 0.001)
	left := time.Duration(float64(total-done) / max(rate, 0.001) * float64(time.Second))
	return fmt.Sprintf("%d of %d (%d%%), %.0f a second, %s left", done, total, 100*done/max(total, 1), rate,
		left.Round(time.Second))
}

// End ends the line in the terminal.
func (p *Progress) End() {
	if p.terminal && p.width > 0 {
		fmt.Fprintln(p.w)
	}
}
