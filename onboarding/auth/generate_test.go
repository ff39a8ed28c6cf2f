package auth_test

import (
	"math"
	"regexp"
	"testing"

	"onramp/onboarding/auth"
)

func TestGenerated(t *testing.T) {
	readable := regexp.MustCompile(`^[A-Z0-9]+$`)
	alike := regexp.MustCompile(`[0OQ1IL2Z5S8BU]`)
	for name, generate := range map[string]func() string{
		"username": auth.GenerateUsername,
		"password": auth.GeneratePassword,
	} {
		seen := map[string]bool{}
		counts := map[rune]int{}
		const rounds = 20000
		length := len(generate())
		for range rounds {
			text := generate()
			if len(text) != length || !readable.MatchString(text) || seen[text] {
				t.Fatalf("%s %q, seen before: %t", name, text, seen[text])
			}
			seen[text] = true
			for _, r := range text {
				counts[r]++
			}
		}
		for r := range counts {
			if alike.MatchString(string(r)) {
				t.Errorf("%s uses %c, which looks like another character", name, r)
			}
		}

		// If all characters are equally likely, each count is binomial and exceeds six
		// standard deviations in one run of ten million. The plain remainder modulo 21
		// would make four characters 7 % more likely: eight deviations or more.
		n := float64(rounds * length)
		p := 1 / float64(len(counts))
		allowed := 6 * math.Sqrt(n*p*(1-p))
		for r, count := range counts {
			if d := math.Abs(float64(count) - n*p); d > allowed {
				t.Errorf("%s: %c drawn %d times, %.0f expected, off by %.0f (allowed %.0f)",
					name, r, count, n*p, d, allowed)
			}
		}
		bits := float64(length) * math.Log2(float64(len(counts)))
		if least := map[string]float64{"username": 60, "password": 100}[name]; bits < least {
			t.Errorf("%s has %.1f bits, %.0f wanted", name, bits, least)
		}
	}
}
