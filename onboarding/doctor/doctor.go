// Package doctor tells an operator at 3 a.m. what is wrong with a deployment: one line a check,
// with the remedy where there is one.
//
// A line begins with "ok", "warn" or "fail". A warning is something to know; a failure is something
// that keeps phones from getting or using their profiles now.
package doctor

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// Status is the verdict of one line.
type Status string

const (
	OK   Status = "ok"
	Warn Status = "warn"
	Fail Status = "fail"
)

// Line is one finding.
type Line struct {
	Status Status
	Check  string // what was looked at, e.g. "signer"
	Text   string
}

// Check looks at one thing and says at least one line.
type Check func(ctx context.Context) []Line

// Run runs the checks in their order, prints their lines, and reports whether none failed.
func Run(ctx context.Context, w io.Writer, checks ...Check) bool {
	healthy := true
	for _, check := range checks {
		for _, line := range check(ctx) {
			if line.Status == Fail {
				healthy = false
			}
			fmt.Fprintf(w, "%-4s  %s: %s\n", line.Status, line.Check, oneLine(line.Text))
		}
	}
	return healthy
}

// oneLine keeps a text, whatever it quotes, from breaking the list or the terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}

func ok(check, format string, args ...any) Line {
	return Line{OK, check, fmt.Sprintf(format, args...)}
}

func warn(check, format string, args ...any) Line {
	return Line{Warn, check, fmt.Sprintf(format, args...)}
}

func fail(check, format string, args ...any) Line {
	return Line{Fail, check, fmt.Sprintf(format, args...)}
}
