package connectivity_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/radius"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestJSON compares verdicts as JSON with golden files.
func TestJSON(t *testing.T) {
	for _, c := range []struct {
		name    string
		history func(*scene)
	}{
		{"connected", func(s *scene) {
			s.download("ios")
			s.Advance(time.Minute)
			s.install(false)
			s.Advance(time.Minute)
			s.accept(phone, withVLAN)
			s.account(radius.AccountingStart, "u1")
			s.Advance(time.Minute)
		}},
		{"rotated", func(s *scene) {
			s.download("android")
			s.accept(phone)
			s.account(radius.AccountingStart, "u1")
			s.Advance(time.Hour)
			s.rotate()
			s.Advance(time.Minute)
			s.account(radius.AccountingStop, "u1", lasted(time.Hour, "Admin-Reset"))
			s.Advance(time.Minute)
			s.attempt(phone, onboarding.ReasonWrongPassword)
			s.Advance(time.Minute)
			s.attempt(phone, onboarding.ReasonWrongPassword)
		}},
		{"server-not-trusted", func(s *scene) {
			root, leaf := issued(s, "radius.elsewhere.example")
			s.certificate(leaf)
			s.download("linux", s.trusting(root, serverName))
			mistrusted(s, "internal error")
		}},
		{"never-downloaded", func(s *scene) { s.claim(phone) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			s.Advance(time.Hour)
			c.history(s)
			v := s.verdict()
			got, err := json.MarshalIndent(v, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			text := strings.ReplaceAll(string(got), s.anna.ID, "CUSTOMER") + "\n"
			name := filepath.Join("testdata", c.name+".json")
			if *update {
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if text != string(want) {
				t.Errorf("got %s\nwant %s", text, want)
			}
		})
	}
}

// TestSteps checks that every cause and visitor step has its sentences.
func TestSteps(t *testing.T) {
	for _, step := range connectivity.VisitorSteps() {
		if step.Text() == "" {
			t.Errorf("%s has no text", step)
		}
	}
	for _, cause := range connectivity.Causes() {
		if cause.Text() == "" {
			t.Errorf("%s has no text", cause)
		}
	}
	if n := len(connectivity.Causes()); n != 27 {
		t.Errorf("%d causes", n)
	}
}
