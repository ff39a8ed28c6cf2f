package onboarding

import (
	"testing"
	"time"
)

func TestCompareVersions(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"1.00", "1.00", 0}, {"1.0", "1.00", 0}, {"1.00", "2.00", -1}, {"2.9", "2.10", -1}, {"10", "9", 1},
		{"1", "1.1", -1}, {"2026-03-02", "2026-11-01", -1}, {"v2", "v10", -1}, {"", "1", -1}, {"1", "", 1},
		{"1.0a", "1.0b", -1}, {"1.00000000000000000000000000000000002", "1.3", -1}, {"è1", "è2", -1}, {"001", "1", 0},
	} {
		if got := CompareVersions(tt.a, tt.b); got != tt.want {
			t.Errorf("%q and %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := CompareVersions(tt.b, tt.a); got != -tt.want {
			t.Errorf("%q and %q: %d, want %d", tt.b, tt.a, got, -tt.want)
		}
	}
}

// FuzzCompareVersions checks that the order is consistent for any texts.
func FuzzCompareVersions(f *testing.F) {
	f.Add("1.00", "2.00", "10")
	f.Add("v1\xff", "", "０1")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if CompareVersions(a, a) != 0 || CompareVersions(a, b) != -CompareVersions(b, a) {
			t.Errorf("%q and %q", a, b)
		}
		if CompareVersions(a, b) <= 0 && CompareVersions(b, c) <= 0 && CompareVersions(a, c) > 0 {
			t.Errorf("%q, %q, %q", a, b, c)
		}
	})
}

func TestDuePolicies(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }
	o := &Organization{Policies: []Policy{
		{Key: TermsOfUse, Version: "2.00", Since: day(2)}, {Key: Privacy, Version: "1.00"},
		{Key: MktgCommunication, Version: "9"},
		{Key: AgeVerification, Version: "1", Required: true, Since: day(5), RequiredSince: day(5)},
	}}
	of := func(key, version string, accepted bool, on int) Consent {
		return Consent{Policy: key, Version: version, Accepted: accepted, At: day(on)}
	}
	settled := []Consent{
		of(TermsOfUse, "2.00", true, 3), of(Privacy, "1.0", true, 3), of(AgeVerification, "1", true, 6),
	}
	replaced := func(c Consent) []Consent {
		all := []Consent{c}
		for _, other := range settled {
			if other.Policy != c.Policy {
				all = append(all, other)
			}
		}
		return all
	}
	for _, tt := range []struct {
		name      string
		current   []Consent
		due       string
		withdrawn bool
	}{
		{"all accepted, an optional one never", settled, "", false},
		{"the version rose", replaced(of(TermsOfUse, "1.00", true, 1)), TermsOfUse, false},
		{"the version was lowered again", replaced(of(TermsOfUse, "3.00", true, 1)), "", false},
		{"withdrawn", replaced(of(Privacy, "1.00", false, 7)), Privacy, true},
		{"refused before it was mandatory", replaced(of(AgeVerification, "1", false, 4)), AgeVerification, false},
		{"refused since it is mandatory", replaced(of(AgeVerification, "1", false, 6)), AgeVerification, true},
		{"never asked", settled[:2], AgeVerification, false},
	} {
		for _, answer := range []Reconsent{"", ReconsentGrace, ReconsentStop} {
			o.Portal.Reconsent, o.Portal.GraceDays = answer, 3
			due := o.DuePolicies(tt.current)
			if tt.due == "" {
				if due != nil {
					t.Errorf("%s: due: %+v", tt.name, due)
				}
				continue
			}
			if len(due) != 1 || due[0].Key != tt.due || due[0].Withdrawn != tt.withdrawn {
				t.Fatalf("%s: due: %+v", tt.name, due)
			}
			end := due[0].Since.AddDate(0, 0, 3)
			for at, after := range map[time.Time]bool{end.Add(-time.Second): false, end: true} {
				want := tt.withdrawn || answer == ReconsentStop && after
				if got := o.ConsentStops(tt.current, at) != nil; got != want {
					t.Errorf("%s, %q at %v: stops %v", tt.name, answer, at, got)
				}
			}
		}
	}
}
