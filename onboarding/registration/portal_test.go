package registration_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/registration"
)

var redirecting = &onboarding.Organization{Portal: onboarding.Portal{
	RedirectHosts: []string{"example.com", "192.0.2.1", "xn--caf-dma.example"},
}}

func TestRedirectAllowed(t *testing.T) {
	for target, want := range map[string]string{
		"https://example.com":                             "https://example.com",
		"https://example.com/a?b=c#d":                     "https://example.com/a?b=c#d",
		"http://example.com:8443/":                        "http://example.com:8443/",
		"HTTPS://EXAMPLE.COM/":                            "https://EXAMPLE.COM/",
		"http://192.0.2.1:3990/logon?user=a&b=%26":        "http://192.0.2.1:3990/logon?user=a&b=%26",
		"https://xn--caf-dma.example/":                    "https://xn--caf-dma.example/",
		"":                                                "",
		"example.com":                                     "",
		"/welcome":                                        "",
		"//example.com/":                                  "",
		"///example.com/":                                 "",
		"https:example.com":                               "",
		"https:/example.com":                              "",
		"https:///example.com":                            "",
		"https:\\\\example.com":                           "",
		"https://example.com\\.evil.example":              "",
		"https://evil.example\\@example.com":              "",
		"https://example.com@evil.example/":               "",
		"https://evil.example@example.com/":               "",
		"https://:pw@example.com/":                        "",
		"https://example.com.evil.example/":               "",
		"https://evilexample.com/":                        "",
		"https://sub.example.com/":                        "",
		"https://example.com./":                           "",
		"https://example.com%2eevil.example/":             "",
		"https://example.com%00.evil.example/":            "",
		"https://exаmple.com/":                            "", // a Cyrillic a
		"https://example.com:evil/":                       "",
		"https://[192.0.2.1]/":                            "",
		"ftp://example.com/":                              "",
		"javascript://example.com/%0aalert(1)":            "",
		"javascript:alert(1)":                             "",
		"data:text/html,<script>alert(1)</script>":        "",
		"intent://example.com#Intent;scheme=https;end":    "",
		" https://example.com/":                           "",
		"https://example.com/\r\nSet-Cookie: a=b":         "",
		"\thttps://example.com/":                          "",
		"https://example.com/" + strings.Repeat("x", 3e3): "",
	} {
		if got := registration.RedirectAllowed(redirecting, target); got != want {
			t.Errorf("%q: %q, want %q", target, got, want)
		}
	}
	if got := registration.RedirectAllowed((&onboarding.Organization{}), "https://example.com/"); got != "" {
		t.Errorf("a tenant without hosts redirects to %q", got)
	}
}

// FuzzRedirectAllowed checks that every allowed target leads to one of the hosts and is allowed
// unchanged.
func FuzzRedirectAllowed(f *testing.F) {
	for _, seed := range []string{
		"https://example.com/", "//example.com", "https://example.com@evil.example", "http://192.0.2.1:1/%2f",
		"https://example.com#@evil", "https:/\\example.com",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		got := registration.RedirectAllowed(redirecting, target)
		if got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil ||
			!slices.Contains(redirecting.Portal.RedirectHosts, strings.ToLower(u.Hostname())) {
			t.Errorf("%q leads to %q", target, got)
		}
		if strings.ContainsAny(got, "\\\r\n\t ") {
			t.Errorf("%q became %q, which browsers may read otherwise", target, got)
		}
		if again := registration.RedirectAllowed(redirecting, got); again != got {
			t.Errorf("%q became %q and then %q", target, got, again)
		}
	})
}
