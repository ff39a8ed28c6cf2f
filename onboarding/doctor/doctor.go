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
	// Organization is the ID of the organization that the finding is about; its text holds nothing
	// about others. Empty: the deployment.
	Organization string
	// Public reports that the operators of each organization may read the text of a finding about
	// the deployment: it holds no path, address or secret, and nothing about an organization.
	Public bool
	// Key names the text among the texts of the console, which has it in other languages, too, and
	// Args alternates names and values of its parts. Empty: Text is in English only.
	Key  string
	Args []string
}

// as returns the line with the key of its text and its parts.
func (l Line) as(key string, args ...string) Line {
	l.Key, l.Args = key, args
	return l
}

// of returns the line as a finding about an organization.
func (l Line) of(organizationID string) Line {
	l.Organization = organizationID
	return l
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
	return Line{Status: OK, Check: check, Text: fmt.Sprintf(format, args...)}
}

func warn(check, format string, args ...any) Line {
	return Line{Status: Warn, Check: check, Text: fmt.Sprintf(format, args...)}
}

func fail(check, format string, args ...any) Line {
	return Line{Status: Fail, Check: check, Text: fmt.Sprintf(format, args...)}
}
