package bench

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// WriteMarkdown writes the machine, the versions, the settings and the table.
func (r *Report) WriteMarkdown(out io.Writer) error {
	var b strings.Builder
	m, v, s := r.Machine, r.Versions, r.Settings
	fmt.Fprintf(&b, "- Date: %s, %.0f s\n", r.Began.Format(time.RFC3339), r.Seconds)
	fmt.Fprintf(&b, "- Machine: %s; %d cores, %.1f GiB of memory, %s, %s; load %.2f before the run\n",
		either(m.CPU, "unknown processor"), m.Cores, m.MemoryGiB, either(m.Kernel, "unknown kernel"),
		either(m.FileSystem, "unknown file system"), m.Load)
	fmt.Fprintf(&b, "- Versions: %s, Onramp %s, FreeRADIUS %s, PostgreSQL %s\n", v.Go, v.Onramp, v.FreeRADIUS,
		v.PostgreSQL)
	size := ""
	if s.Short {
		size = " (short)"
	}
	fmt.Fprintf(&b, "- Settings: %d rounds%s, %d clients, %s contacts, `onramp serve %s`\n\n", s.Rounds, size,
		s.Clients, number(float64(s.Contacts)), strings.Join(s.Serve, " "))
	b.WriteString("| row | what | measured | beside | ratio | target | met |\n|---|---|---|---|---|---|---|\n")
	for _, row := range r.Rows {
		b.WriteString(row.markdown())
	}
	var notes []string
	for _, row := range r.Rows {
		if row.Note != "" {
			notes = append(notes, "- "+row.Name+": "+row.Note+"\n")
		}
	}
	if len(notes) > 0 {
		b.WriteString("\n" + strings.Join(notes, ""))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (r *Row) markdown() string {
	target := "≥ "
	if r.AtMost {
		target = "≤ "
	}
	target += strconv.FormatFloat(r.Target, 'f', -1, 64)
	if r.Measured == nil {
		reason := "not run: " + r.NotRun
		if r.Failed != "" {
			reason = "failed: " + r.Failed
		}
		return fmt.Sprintf("| %s | %s | %s | %s | | %s | |\n", r.Name, r.What, reason, r.BesideWhat, target)
	}
	met := "no"
	if r.Met {
		met = "yes"
	}
	return fmt.Sprintf("| %s | %s | %s | %s: %s | %.2f | %s | %s |\n", r.Name, r.What, r.Measured, r.BesideWhat,
		r.Beside, r.Ratio, target, met)
}

// String returns the figure with three significant digits, and its unit.
func (f *Figure) String() string { return number(f.Value) + " " + f.Unit }

// number returns a number with three significant digits, and a comma before each three digits.
func number(v float64) string {
	switch {
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v < 100:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func either(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
