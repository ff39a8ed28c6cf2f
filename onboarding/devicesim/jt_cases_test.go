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
	check    checker
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
	v := decide(c.platform, c.check, c.broken, c.options)
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
	v = decide(c.platform, c.check, c.sound, c.options)
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

// runCases runs the cases of a family of rules, whose names begin with prefix, as subtests. Each rule of the
// family must have a case.
func runCases(t *testing.T, prefix string, cases []ruleCase) {
	t.Helper()
	have := map[string]bool{}
	for _, c := range cases {
		have[c.rule.Name] = true
		t.Run(c.platform+" "+c.rule.Name+" "+c.name, c.run)
	}
	for _, r := range Rules() {
		if strings.HasPrefix(r.Name, prefix) && !have[r.Name] {
			t.Errorf("no test breaks %s", r.Name)
		}
	}
}

// mutate changes a few bytes of a sound file at a time. Each result must get a consistent verdict, without a
// panic.
func mutate(t *testing.T, platform string, check checker, sound []byte) {
	t.Helper()
	if v := decide(platform, check, sound, Options{Now: testNow}); !v.Accepted {
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
		checkConsistent(t, decide(platform, check, changed, Options{Now: testNow}))
	}
}

// checkConsistent fails the test if the parts of a verdict contradict one another.
func checkConsistent(t testing.TB, v *Verdict) {
	t.Helper()
	if v.Accepted != (len(v.Refusals) == 0) || v.Accepted != (v.View != nil) || v.Accepted != (v.Err() == nil) {
		t.Fatalf("inconsistent verdict %+v", v)
	}
}

// fuzz checks that any bytes get a consistent verdict. unwrap, unless nil, turns the bytes into a file whose
// content they are, which is checked too.
func fuzz(f *testing.F, platform string, check checker, unwrap func([]byte) []byte) {
	f.Fuzz(func(t *testing.T, data []byte) {
		files := [][]byte{data}
		if unwrap != nil {
			files = append(files, unwrap(data))
		}
		for _, file := range files {
			v := decide(platform, check, file, Options{Now: testNow})
			checkConsistent(t, v)
			again := decide(platform, check, file, Options{Now: testNow})
			if again.Accepted != v.Accepted || len(again.Refusals) != len(v.Refusals) {
				t.Fatal("the same bytes got two verdicts")
			}
		}
	})
}

// expectRule fails the test unless the verdict refuses the file by a rule, or accepts it if the rule is nil.
func expectRule(t *testing.T, name string, v *Verdict, refused *Rule) {
	t.Helper()
	if refused == nil && !v.Accepted || refused != nil && !names(v.Refusals, refused.Name) {
		t.Errorf("%s: refusals %v, want %v", name, v.Refusals, refused)
	}
}

// ruleNamed returns the rule of a name, which must exist.
func ruleNamed(name string) *Rule {
	for _, r := range Rules() {
		if r.Name == name {
			return &r
		}
	}
	panic("no rule " + name)
}
