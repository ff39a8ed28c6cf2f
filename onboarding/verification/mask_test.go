package verification_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"onramp/onboarding"
	"onramp/onboarding/verification"
)

// TestMask checks the part of an address that a page shows.
func TestMask(t *testing.T) {
	for _, c := range []struct {
		channel       onboarding.VerifyChannel
		address, want string
	}{
		{onboarding.VerifyEmail, "", ""},
		{onboarding.VerifyEmail, "ada@example.com", "a•••@example.com"},
		{onboarding.VerifyEmail, "a@example.com", "a•••@example.com"},
		{onboarding.VerifyEmail, `"a@b"@example.com`, `"•••@example.com`},
		{onboarding.VerifyEmail, "@example.com", "•••@example.com"},
		{onboarding.VerifyEmail, "שלום@דוגמה.example", "ש•••@דוגמה.example"},
		{onboarding.VerifyEmail, "\xffa@example.com", "•••@example.com"},
		{onboarding.VerifySMS, "+393471234567", "••• 567"},
		{onboarding.VerifySMS, "+39", "••• +39"},
	} {
		if got := verification.Mask(c.channel, c.address); got != c.want {
			t.Errorf("%q is shown as %q, want %q", c.address, got, c.want)
		}
	}
}

// FuzzMask checks that no more of an e-mail address is shown than its first character and domain.
func FuzzMask(f *testing.F) {
	f.Add("ada@example.com")
	f.Fuzz(func(t *testing.T, address string) {
		parsed, err := onboarding.ParseEmail("email", address)
		if err != nil {
			return
		}
		local, domain, _ := onboarding.CutLastAt(parsed)
		got := verification.Mask(onboarding.VerifyEmail, parsed)
		_, size := utf8.DecodeRuneInString(local)
		if got != local[:size]+"•••@"+domain || !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n<>\"") {
			t.Errorf("%q is shown as %q", parsed, got)
		}
	})
}
