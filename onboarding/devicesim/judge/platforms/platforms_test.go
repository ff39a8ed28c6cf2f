package platforms_test

import (
	"strings"
	"testing"
	"testing/quick"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
)

// TestAnyBytes checks that no platform accepts random bytes.
func TestAnyBytes(t *testing.T) {
	for _, p := range platforms.Platforms() {
		err := quick.Check(func(data []byte) bool {
			v, err := platforms.Check(p, data, judge.Options{})
			return err == nil && !v.Accepted && v.Err() != nil
		}, nil)
		if err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	if _, err := platforms.Check("symbian", nil, judge.Options{}); err == nil {
		t.Error("an unknown platform is no error")
	}
}

// families are the prefixes of rule names. The tests of each format check that its family is
// covered.
var families = []string{"android-", "apple-", "eap-config-", "iwd-", "linux-", "nm-", "onc-", "settings-", "windows-"}

// TestRulesAreDescribed checks that rules have unique names in their family, and all texts.
func TestRulesAreDescribed(t *testing.T) {
	seen, used := map[string]bool{}, map[string]bool{}
	for _, r := range judge.Rules() {
		if seen[r.Name] {
			t.Errorf("two rules are called %s", r.Name)
		}
		seen[r.Name] = true
		if r.Requirement == "" || r.Effect == "" || r.Name != strings.ToLower(r.Name) ||
			strings.ContainsAny(r.Name, " _") {
			t.Errorf("rule %q is not fully described", r.Name)
		}
		family := r.Name == "file-size"
		for _, prefix := range families {
			if strings.HasPrefix(r.Name, prefix) {
				family, used[prefix] = true, true
			}
		}
		if !family {
			t.Errorf("rule %s belongs to no family", r.Name)
		}
	}
	if len(used) != len(families) {
		t.Errorf("rules of %d families, want %d", len(used), len(families))
	}
}
