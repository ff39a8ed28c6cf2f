package devicesim

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// testNow is the clock of every simulated device in these tests.
var testNow = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// A ruleCase is a file that breaks a rule beside a file as near to it as possible that does not.
type ruleCase struct {
	rule     *Rule
	name     string
	platform string
	broken   []byte
	sound    []byte
	options  Options
	// soundOptions replace options for the sound file where a rule is about the options themselves.
	soundOptions *Options
}

func (c ruleCase) run(t *testing.T) {
	t.Helper()
	if c.options.Now.IsZero() {
		c.options.Now = testNow
	}
	v, err := Check(c.platform, c.broken, c.options)
	if err != nil {
		t.Fatal(err)
	}
	if !names(v.Refusals, c.rule.Name) && !c.rule.Warning {
		t.Errorf("the broken file is not refused by %s: refusals %v", c.rule.Name, v.Refusals)
	}
	if c.rule.Warning && (!names(v.Warnings, c.rule.Name) || !v.Accepted) {
		t.Errorf("the odd file is not accepted with the warning %s: warnings %v, refusals %v", c.rule.Name, v.Warnings, v.Refusals)
	}
	if v.Accepted == (v.View == nil) {
		t.Errorf("accepted %v, view %v", v.Accepted, v.View)
	}
	if c.soundOptions != nil {
		c.options = *c.soundOptions
	}
	v, err = Check(c.platform, c.sound, c.options)
	if err != nil {
		t.Fatal(err)
	}
	if !v.Accepted {
		t.Errorf("the sound file is refused: %v", v.Refusals)
	}
	if names(v.Warnings, c.rule.Name) {
		t.Errorf("the sound file breaks %s: %v", c.rule.Name, v.Warnings)
	}
}

func names(list []Finding, rule string) bool {
	return slices.ContainsFunc(list, func(f Finding) bool { return f.Rule == rule })
}

// TestRulesAreCovered wants a broken and a sound file for every rule there is.
func TestRulesAreCovered(t *testing.T) {
	have := map[string]bool{}
	for _, c := range allCases(t) {
		have[c.rule.Name] = true
	}
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.Name] {
			t.Errorf("two rules are called %s", r.Name)
		}
		seen[r.Name] = true
		if r.Says == "" || r.Effect == "" || r.Name != strings.ToLower(r.Name) || strings.ContainsAny(r.Name, " _") {
			t.Errorf("rule %q is not fully described", r.Name)
		}
		if !have[r.Name] {
			t.Errorf("no test breaks %s", r.Name)
		}
	}
}

func allCases(t *testing.T) []ruleCase {
	return slices.Concat(androidCases(), appleCases(t), linuxCases(), iwdCases(), networkManagerCases(), oncCases(), eapConfigCases(), windowsCases(), settingsCases(), []ruleCase{{
		rule: ruleSize, name: "eleven MiB", platform: Android,
		broken: bytes.Repeat([]byte("A"), MaxFile+1), sound: newAndroidFile().bytes(),
	}})
}

func TestFileSize(t *testing.T) {
	for _, c := range allCases(t) {
		if c.rule == ruleSize {
			c.run(t)
		}
	}
}

// TestMutations changes a few bytes of sound files here and there: what comes out gets a verdict at odds
// with nothing, and never a panic.
func TestMutations(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	sound := map[string][]byte{
		Android: privateAndroidFile().bytes(), IOS: newAppleFile().bytes(), MacOS: newAppleFile().bytes(), Windows: newWindowsFile().bytes(),
		ChromeOS: oncFixture().bytes(), Linux: linuxFixture().bytes(), NetworkManager: networkManagerFixture().bytes(),
		IWD: iwdFixture().bytes(), EAPConfig: eapConfigFixture().bytes(), SettingsIOS: settingsIOSFixture().bytes(), SettingsAndroid: settingsAndroidFixture().bytes(),
	}
	for _, platform := range Platforms() {
		if sound[platform] == nil {
			t.Errorf("no sound file for %s", platform)
		}
	}
	const interesting = "\x00\"'<>&=#;[]{}\\\n 0-"
	for platform, file := range sound {
		for range 150 {
			changed := bytes.Clone(file)
			for range 1 + random.IntN(4) {
				i := random.IntN(len(changed))
				switch random.IntN(3) {
				case 0:
					changed[i] = interesting[random.IntN(len(interesting))]
				case 1:
					changed = slices.Delete(changed, i, min(len(changed), i+1+random.IntN(20)))
				default:
					end := min(len(changed), i+1+random.IntN(40))
					changed = slices.Insert(changed, i, bytes.Clone(changed[i:end])...)
				}
			}
			v, err := Check(platform, changed, Options{Now: testNow})
			if err != nil || v.Accepted != (len(v.Refusals) == 0) || v.Accepted != (v.View != nil) {
				t.Fatalf("%s: %v, %+v", platform, err, v)
			}
		}
	}
}
