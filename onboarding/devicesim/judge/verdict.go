package judge

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Verdict is what a device makes of a file.
type Verdict struct {
	Platform string `json:"platform"`
	Accepted bool   `json:"accepted"`
	// Refusals is empty exactly when the file is accepted. A file may break several rules; the first one is
	// the first that the device would meet.
	Refusals []Finding `json:"refusals,omitempty"`
	Warnings []Finding `json:"warnings,omitempty"`
	// View is what the device understood; nil unless the file was accepted.
	View *View `json:"view,omitempty"`
}

// A Finding is a rule that a file breaks.
type Finding struct {
	// Rule is the stable name of the rule, for example "android-inner-method".
	Rule string `json:"rule"`
	// Value is the offending value, quoted and cut to a readable length. A secret never appears in it.
	Value string `json:"value,omitempty"`
	// Effect is what the device does with the file, or with the network, because of it.
	Effect string `json:"effect"`
}

// String is the finding on one line: rule, value and effect.
func (f Finding) String() string {
	if f.Value == "" {
		return f.Rule + ": " + f.Effect
	}
	return f.Rule + ": " + f.Value + ": " + f.Effect
}

// Err is nil for an accepted file and otherwise an error that names every broken rule.
func (v *Verdict) Err() error {
	if v.Accepted {
		return nil
	}
	lines := make([]string, 0, len(v.Refusals))
	for _, r := range v.Refusals {
		lines = append(lines, r.String())
	}
	return fmt.Errorf("%s refuses the file: %s", v.Platform, strings.Join(lines, "; "))
}

// maxFindings bounds what one hostile file can make the judge say.
const maxFindings = 64

// Findings collects findings while a file is read. The zero value is ready.
type Findings struct {
	refusals []Finding
	warnings []Finding
}

// Breaks records that the file breaks a rule. value is shown to the reader and must not be a secret.
func (j *Findings) Breaks(r *Rule, value string) {
	f := Finding{Rule: r.Name, Value: Shorten(value), Effect: r.Effect}
	if r.Warning {
		j.warnings = appendFinding(j.warnings, f)
		return
	}
	j.refusals = appendFinding(j.refusals, f)
}

func appendFinding(list []Finding, f Finding) []Finding {
	for _, have := range list {
		if have.Rule == f.Rule && have.Value == f.Value {
			return list
		}
	}
	if len(list) >= maxFindings {
		return list
	}
	return append(list, f)
}

func (j *Findings) Refused() bool { return len(j.refusals) > 0 }

func (j *Findings) verdict(platform string, view *View) *Verdict {
	v := &Verdict{Platform: platform, Accepted: !j.Refused(), Refusals: j.refusals, Warnings: j.warnings}
	if v.Accepted {
		v.View = view
	}
	return v
}

// Shorten makes a value printable on one line of a terminal and at most some 120 characters long.
func Shorten(s string) string {
	if s == "" {
		return ""
	}
	const limit = 120
	clean := true
	for _, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			clean = false
			break
		}
	}
	cut := s
	if len(cut) > limit {
		cut = cut[:limit]
		for len(cut) > 0 && !utf8.ValidString(cut) && utf8.ValidString(s) {
			cut = cut[:len(cut)-1]
		}
	}
	if !clean {
		cut = strconv.Quote(cut)
	}
	if len(s) > limit {
		cut += "... (" + strconv.Itoa(len(s)) + " bytes)"
	}
	return cut
}

// Redacted describes a secret without showing it.
func Redacted(s string) string { return "(" + strconv.Itoa(len(s)) + " bytes, not shown)" }
