// Package doctor checks a deployment and prints one line per finding, with a remedy if there is
// one.
//
// A line begins with "ok", "warn" or "fail". A failure prevents phones from getting or using their
// profiles now; a warning does not.
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
	Check  string // the subject of the check, such as "signer"
	Text   string
}

// Check checks one subject and returns at least one line.
type Check func(ctx context.Context) []Line

// Run runs the checks in order, writes their lines to w and reports whether none failed.
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

// oneLine replaces control characters by spaces, because texts may quote untrusted input.
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
