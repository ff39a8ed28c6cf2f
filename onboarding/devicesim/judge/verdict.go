package judge

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Verdict is the decision of a platform about a file.
type Verdict struct {
	Platform string `json:"platform"`
	Accepted bool   `json:"accepted"`
	// Refusals is empty if and only if the file is accepted. A file may break several rules; the
	// first is the first that the device checks.
	Refusals []Finding `json:"refusals,omitempty"`
	Warnings []Finding `json:"warnings,omitempty"`
	// View is the content as the device reads it; nil unless the file is accepted.
	View *View `json:"view,omitempty"`
}

// A Finding is a broken rule.
type Finding struct {
	// Rule is the name of the rule, for example "android-inner-method".
	Rule string `json:"rule"`
	// Value is the offending value, quoted and shortened. It never contains a secret.
	Value string `json:"value,omitempty"`
	// Effect describes the device's behaviour because of it.
	Effect string `json:"effect"`
}

// String returns the finding on one line: rule, value and effect.
func (f Finding) String() string {
	if f.Value == "" {
		return f.Rule + ": " + f.Effect
	}
	return f.Rule + ": " + f.Value + ": " + f.Effect
}

// Err returns nil for an accepted file, otherwise an error with every broken rule.
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

// maxFindings limits the findings of one file.
const maxFindings = 64

// Findings collects the broken rules of a file. The zero value is ready to use.
type Findings struct {
	refusals []Finding
	warnings []Finding
}

// Breaks records that the file breaks a rule. value must not contain a secret.
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

// Refused reports whether the file broke a rule that refuses it.
func (j *Findings) Refused() bool { return len(j.refusals) > 0 }

func (j *Findings) verdict(platform string, view *View) *Verdict {
	v := &Verdict{Platform: platform, Accepted: !j.Refused(), Refusals: j.refusals, Warnings: j.warnings}
	if v.Accepted {
		v.View = view
	}
	return v
}

// Shorten returns a value as printable text on one line, shortened to about 120 bytes.
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

// Redacted returns a description of a secret: its length.
func Redacted(s string) string { return "(" + strconv.Itoa(len(s)) + " bytes, not shown)" }
