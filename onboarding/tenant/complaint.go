package tenant

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"onramp/onboarding"
)

// Complaint is a finding with its place in a file. Its Field is the whole path, from the top of the document.
type Complaint struct {
	File string
	Line int // from 1
	onboarding.Finding
}

// String formats a complaint as compilers do, so that editors can jump to it:
//
//	venue.yaml:12: organizations[0].wifi.passpoint.mccMnc[0]: "22201" has not six digits (write 222001) [mcc-mnc, ios]
//
// What stands in brackets is the rule, and the platform that it comes from.
func (c Complaint) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: ", c.File, c.Line)
	if c.Severity != onboarding.SeverityError {
		b.WriteString(string(c.Severity) + ": ")
	}
	if c.Field != "" {
		b.WriteString(c.Field + ": ")
	}
	b.WriteString(c.Message)
	if c.Remedy != "" {
		b.WriteString(" (" + c.Remedy + ")")
	}
	switch {
	case c.Rule != "" && c.Platform != "":
		b.WriteString(" [" + c.Rule + ", " + string(c.Platform) + "]")
	case c.Rule != "":
		b.WriteString(" [" + c.Rule + "]")
	}
	return b.String()
}

// Print writes one complaint a line, and of very many only the first. Whatever a file holds, a complaint stays on its line and sends nothing to
// the terminal but text.
func Print(w io.Writer, complaints []Complaint) {
	if more := len(complaints) - maxComplaints; more > 0 {
		complaints = complaints[:maxComplaints]
		defer fmt.Fprintf(w, "... and %d more\n", more)
	}
	for _, c := range complaints {
		fmt.Fprintln(w, printed(c.String()))
	}
}

func printed(text string) string { return strings.Map(printable, text) }

func printable(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return ' '
	case r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029:
		return '\uFFFD'
	}
	return r
}

// sortComplaints orders by file (in the order given), then line. Complaints about one line keep the order in which they were found.
func sortComplaints(complaints []Complaint, files []*File) {
	order := map[string]int{}
	for i, f := range files {
		order[f.Name] = i
	}
	slices.SortStableFunc(complaints, func(a, b Complaint) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line))
	})
}

// RefusedError says that nothing was applied, and why.
type RefusedError struct {
	Complaints []Complaint // only errors, ordered by file and line
}

func (e *RefusedError) Error() string {
	if len(e.Complaints) == 1 {
		return "refused because of 1 complaint; nothing was changed"
	}
	return fmt.Sprintf("refused because of %d complaints; nothing was changed", len(e.Complaints))
}
