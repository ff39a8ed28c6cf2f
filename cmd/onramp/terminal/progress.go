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
	p.print(done, func(took time.Duration) string { return Line(done, p.total, took) })
}

// ShowPart prints the number of rows so far, where the total is in another unit, such as bytes, of
// which a part is done.
func (p *Progress) ShowPart(rows, part int) {
	p.print(part, func(took time.Duration) string { return partLine(rows, part, p.total, took) })
}

func (p *Progress) print(done int, text func(took time.Duration) string) {
	now := time.Now()
	if now.Sub(p.shown) < p.every && (done < p.total || !p.terminal) {
		return
	}
	p.shown = now
	line := text(now.Sub(p.began))
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

// partLine returns the rows, their rate, and, of a known total, the estimated time left.
func partLine(rows, part, total int, took time.Duration) string {
	line := fmt.Sprintf("%d rows, %.0f a second", rows, float64(rows)/max(took.Seconds(), 0.001))
	if total == 0 || part == 0 {
		return line
	}
	left := time.Duration(float64(took) * float64(total-part) / float64(part))
	return fmt.Sprintf("%d%%, %s, %s left", 100*part/total, line, left.Round(time.Second))
}

// End ends the line in the terminal.
func (p *Progress) End() {
	if p.terminal && p.width > 0 {
		fmt.Fprintln(p.w)
	}
}
