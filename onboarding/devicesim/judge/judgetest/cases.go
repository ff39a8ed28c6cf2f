package judgetest

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/devicesim/judge"
)

// Now is the clock of every simulated device in tests.
var Now = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// A Case is a file that breaks a rule, and a similar one that does not.
type Case struct {
	Rule     *judge.Rule
	Name     string
	Platform string
	Check    judge.Checker
	Broken   []byte
	Sound    []byte
	Options  judge.Options
	// SoundOptions replace Options for the sound file, for rules about the options.
	SoundOptions *judge.Options
}

func (c Case) run(t *testing.T) {
	t.Helper()
	if c.Options.Now.IsZero() {
		c.Options.Now = Now
	}
	v := judge.Decide(c.Platform, c.Check, c.Broken, c.Options)
	if !HasRule(v.Refusals, c.Rule.Name) && !c.Rule.Warning {
		t.Errorf("the broken file is not refused by %s: refusals %v", c.Rule.Name, v.Refusals)
	}
	if c.Rule.Warning && (!HasRule(v.Warnings, c.Rule.Name) || !v.Accepted) {
		t.Errorf("the odd file is not accepted with the warning %s: warnings %v, refusals %v", c.Rule.Name, v.Warnings,
			v.Refusals)
	}
	if v.Accepted == (v.View == nil) {
		t.Errorf("accepted %v, view %v", v.Accepted, v.View)
	}
	if c.SoundOptions != nil {
		c.Options = *c.SoundOptions
	}
	v = judge.Decide(c.Platform, c.Check, c.Sound, c.Options)
	if !v.Accepted {
		t.Errorf("the sound file is refused: %v", v.Refusals)
	}
	if HasRule(v.Warnings, c.Rule.Name) {
		t.Errorf("the sound file breaks %s: %v", c.Rule.Name, v.Warnings)
	}
}

// HasRule reports whether a finding breaks the named rule.
func HasRule(list []judge.Finding, rule string) bool {
	return slices.ContainsFunc(list, func(f judge.Finding) bool { return f.Rule == rule })
}

// RunCases runs the cases of a family of rules, whose names begin with prefix, as subtests. Each
// rule of the family must have a case.
func RunCases(t *testing.T, prefix string, cases []Case) {
	t.Helper()
	have := map[string]bool{}
	for _, c := range cases {
		have[c.Rule.Name] = true
		t.Run(c.Platform+" "+c.Rule.Name+" "+c.Name, c.run)
	}
	for _, r := range judge.Rules() {
		if strings.HasPrefix(r.Name, prefix) && !have[r.Name] {
			t.Errorf("no test breaks %s", r.Name)
		}
	}
}

// Mutate changes a few bytes of a sound file at a time. Each result must get a consistent verdict,
// without a panic.
func Mutate(t *testing.T, platform string, check judge.Checker, sound []byte) {
	t.Helper()
	if v := judge.Decide(platform, check, sound, judge.Options{Now: Now}); !v.Accepted {
		t.Fatalf("the sound file is refused: %v", v.Refusals)
	}
	random := rand.New(rand.NewPCG(1, 2))
	const interesting = "\x00\"'<>&=#;[]{}\\\n 0-"
	for range 150 {
		changed := bytes.Clone(sound)
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
		checkConsistent(t, judge.Decide(platform, check, changed, judge.Options{Now: Now}))
	}
}

// checkConsistent fails the test if the parts of a verdict contradict one another.
func checkConsistent(t testing.TB, v *judge.Verdict) {
	t.Helper()
	if v.Accepted != (len(v.Refusals) == 0) || v.Accepted != (v.View != nil) || v.Accepted != (v.Err() == nil) {
		t.Fatalf("inconsistent verdict %+v", v)
	}
}

// Fuzz checks that any bytes get a consistent verdict. unwrap, unless nil, turns the bytes into a
// file whose content they are, which is checked too.
func Fuzz(f *testing.F, platform string, check judge.Checker, unwrap func([]byte) []byte) {
	f.Fuzz(func(t *testing.T, data []byte) {
		files := [][]byte{data}
		if unwrap != nil {
			files = append(files, unwrap(data))
		}
		for _, file := range files {
			v := judge.Decide(platform, check, file, judge.Options{Now: Now})
			checkConsistent(t, v)
			again := judge.Decide(platform, check, file, judge.Options{Now: Now})
			if again.Accepted != v.Accepted || len(again.Refusals) != len(v.Refusals) {
				t.Fatal("the same bytes got two verdicts")
			}
		}
	})
}

// ExpectRule fails the test unless the verdict refuses the file by a rule, or accepts it if the
// rule is nil.
func ExpectRule(t *testing.T, name string, v *judge.Verdict, refused *judge.Rule) {
	t.Helper()
	if refused == nil && !v.Accepted || refused != nil && !HasRule(v.Refusals, refused.Name) {
		t.Errorf("%s: refusals %v, want %v", name, v.Refusals, refused)
	}
}

// Rule returns the rule of a name, which must exist.
func Rule(name string) *judge.Rule {
	for _, r := range judge.Rules() {
		if r.Name == name {
			return &r
		}
	}
	panic("no rule " + name)
}
