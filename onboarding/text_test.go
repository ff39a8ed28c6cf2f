package onboarding_test

import (
	"strings"
	"testing"

	"onramp/onboarding"
)

func TestCutText(t *testing.T) {
	if got := onboarding.CutText(strings.Repeat("é", 10), 5); got != "éé" {
		t.Errorf("%q", got)
	}
	if got := onboarding.CutText("a\xffb", 10); got != "a\uFFFDb" {
		t.Errorf("%q", got)
	}
}
