package tenantfile

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"onramp/onboarding"
)

// Diagnostic is a finding with its position in a tenant file. Its Field is the path from the top of
// the document.
type Diagnostic struct {
	File string
	Line int // from 1
	onboarding.Finding
}

// String formats a diagnostic as compilers do, so that editors can jump to it:
//
//	venue.yaml:12: organizations[0].wifi.eap.method: "tls" is not known (write ttls) [eap-method]
//
// The brackets hold the rule and the platform that it comes from.
func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: ", d.File, d.Line)
	if d.Severity != onboarding.SeverityError {
		b.WriteString(string(d.Severity) + ": ")
	}
	if d.Field != "" {
		b.WriteString(d.Field + ": ")
	}
	b.WriteString(d.Message)
	if d.Remedy != "" {
		b.WriteString(" (" + d.Remedy + ")")
	}
	switch {
	case d.Rule != "" && d.Platform != "":
		b.WriteString(" [" + d.Rule + ", " + string(d.Platform) + "]")
	case d.Rule != "":
		b.WriteString(" [" + d.Rule + "]")
	}
	return b.String()
}

// Print writes one diagnostic a line, and of more than maxDiagnostics only the first. Control
// characters from the file are replaced, so that each diagnostic stays on its line and sends only
// text to the terminal.
func Print(w io.Writer, diagnostics []Diagnostic) {
	if more := len(diagnostics) - maxDiagnostics; more > 0 {
		diagnostics = diagnostics[:maxDiagnostics]
		defer fmt.Fprintf(w, "... and %d more\n", more)
	}
	for _, d := range diagnostics {
		fmt.Fprintln(w, printed(d.String()))
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

// sortDiagnostics orders by file (in the order given), then line. Diagnostics of one line keep
// their order.
func sortDiagnostics(diagnostics []Diagnostic, files []*File) {
	order := map[string]int{}
	for i, f := range files {
		order[f.Name] = i
	}
	slices.SortStableFunc(diagnostics, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line))
	})
}

// RefusedError reports that nothing was applied, and why.
type RefusedError struct {
	Errors []Diagnostic // ordered by file and line
}

func (e *RefusedError) Error() string {
	if len(e.Errors) == 1 {
		return "refused because of 1 error; nothing was changed"
	}
	return fmt.Sprintf("refused because of %d errors; nothing was changed", len(e.Errors))
}
