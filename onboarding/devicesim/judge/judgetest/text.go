package judgetest

import (
	"strings"

	"onramp/onboarding/devicesim/judge"
)

// Text is a test file of a text format.
type Text string

// Swap replaces text. It panics if the text is missing.
func (f Text) Swap(old, new string) Text {
	if !strings.Contains(string(f), old) {
		panic("no " + old + " in the fixture")
	}
	return Text(strings.Replace(string(f), old, new, 1))
}

// Bytes returns the file.
func (f Text) Bytes() []byte { return []byte(f) }

// TextCases collects cases of one platform.
type TextCases struct {
	Platform string
	Check    judge.Checker
	Cases    []Case
}

// Add adds a case.
func (c *TextCases) Add(r *judge.Rule, name string, broken, sound Text) {
	c.Cases = append(c.Cases,
		Case{Rule: r, Name: name, Platform: c.Platform, Check: c.Check, Broken: broken.Bytes(), Sound: sound.Bytes()})
}

// JSONPEM is a certificate in PEM as a JSON string writes it.
func JSONPEM(pem []byte) string { return strings.ReplaceAll(string(pem), "\n", `\n`) }
