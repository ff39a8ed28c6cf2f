package trust

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var capitals = regexp.MustCompile(`[A-Z]+`)

// FuzzNames compares the matching rules with other ways to write them, and with each other.
func FuzzNames(f *testing.F) {
	for _, seed := range [][2]string{
		{"radius.venue.example", "RADIUS.venue.example"}, {"*.venue.example", "a.venue.example"},
		{"*.venue.example", "a.b.venue.example"}, {"*.venue.example", ".venue.example"},
		{"venue.example", "a.venue.example"}, {"venue.example", "avenue.example"}, {"*", "a"}, {"*.", "a."},
		{"", ""}, {".", "."}, {"a", "a\x00.b"}, {"ſ.example", "s.example"}, {"*.*.x", "a.*.x"}, {"K.x", "\u212a.x"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, trusted, name string) {
		one := func(m match) bool { return matches(m, []string{trusted}, []string{name}) }
		void := trusted == "" || name == "" || strings.Contains(name, "\x00")
		lowered := func(s string) string { return capitals.ReplaceAllStringFunc(s, strings.ToLower) }
		same := func(a, b string) bool { return lowered(a) == lowered(b) }
		base, wildcard := strings.CutPrefix(trusted, "*.")

		dot := strings.IndexByte(name, '.')
		labels := same(trusted, name)
		if wildcard {
			labels = dot > 0 && same(base, name[dot+1:])
		}
		if got := one(byLabel); got != (labels && !void) {
			t.Errorf("byLabel(%q, %q) is %v", trusted, name, got)
		}
		suffix := len(name) >= len(trusted) && same("."+trusted, ("." + name)[len(name)-len(trusted):])
		if got := one(bySuffix); got != (suffix && !void) {
			t.Errorf("bySuffix(%q, %q) is %v", trusted, name, got)
		}
		mask := trusted == name
		if wildcard {
			have, want := strings.Split(name, "."), strings.Split(base, ".")
			mask = len(have) > len(want) && slices.Equal(have[len(have)-len(want):], want)
		}
		if got := one(byMask); got != (mask && !void) {
			t.Errorf("byMask(%q, %q) is %v", trusted, name, got)
		}
		// The suffix rule, without the wildcard, is the widest.
		if (one(byLabel) || one(byMask)) && base != "" &&
			!matches(bySuffix, suffixNames([]string{trusted}), []string{name}) {
			t.Errorf("the suffix rule refuses %q for %q, another accepts it", name, trusted)
		}
		// Another case of the certificate's name changes only the mask.
		for _, m := range []match{byLabel, bySuffix} {
			if one(m) != matches(m, []string{trusted}, []string{lowered(name)}) {
				t.Errorf("rule %d: %q depends on the case for %q", m, name, trusted)
			}
		}
	})
}
