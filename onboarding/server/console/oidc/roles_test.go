package oidc

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding/access"
	"onramp/onboarding/auth"
)

// TestParseRoles: the order of power, and claims that hold no role.
func TestParseRoles(t *testing.T) {
	a, b := strings.Repeat("a", 32), strings.Repeat("b", 32)
	all := access.NewSignIn{Role: auth.OrganizationManager}
	one := access.NewSignIn{Role: auth.OrganizationManager, OrganizationID: a}
	other := access.NewSignIn{Role: auth.OrganizationManager, OrganizationID: b}
	location := access.NewSignIn{Role: auth.LocationManager, OrganizationID: a, LocationID: b}
	support := access.NewSignIn{Role: auth.Support, OrganizationID: a}
	for claim, want := range map[string][]access.NewSignIn{
		`"organizationManager"`:                   {all},
		`"organizationManager:` + a + `"`:         {one},
		`["support:` + a + `"]`:                   {support},
		`["locationManager:` + a + `:` + b + `"]`: {location},
		`["support:` + a + `","locationManager:` + a + `:` + b + `","x","organizationManager:` + b +
			`","organizationManager:` + a + `","organizationManager","support:` + a + `"]`: {
			all, other, one, location, support,
		},
		`["organizationManager",7,null,{}]`: {all},

		``: nil, `null`: nil, `7`: nil, `{}`: nil, `true`: nil, `""`: nil, `[]`: nil,
		`{"organizationManager":true}`:                     nil,
		`"OrganizationManager"`:                            nil,
		`" organizationManager"`:                           nil,
		`"organizationManager,support:` + a + `"`:          nil,
		`"organizationManager:"`:                           nil,
		`"organizationManager:*"`:                          nil,
		`"organizationManager:` + a + `:"`:                 nil,
		`"organizationManager:` + a + `:` + b + `"`:        nil,
		`"organizationManager:` + strings.ToUpper(a) + `"`: nil,
		`"support"`:                               nil,
		`"support:` + a + `:` + b + `"`:           nil,
		`"locationManager"`:                       nil,
		`"locationManager:` + a + `"`:             nil,
		`"locationManager:` + a + `:` + b + `:x"`: nil,
		`"publicApp:` + a + `"`:                   nil,
		`[["organizationManager"]]`:               nil,
	} {
		if got := ParseRoles(json.RawMessage(claim)); !slices.Equal(got, want) {
			t.Errorf("%s: %+v, want %+v", claim, got, want)
		}
	}
	many := `[` + strings.Repeat(`"x",`, maxValues) + `"organizationManager"]`
	if got := ParseRoles(json.RawMessage(many)); got != nil {
		t.Errorf("value %d is read", maxValues+1)
	}
}

// TestNew: settings that cannot work.
func TestNew(t *testing.T) {
	for _, issuer := range []string{
		"", "login.example.com", "ftp://login.example.com", "http://login.example.com", "https://",
		"https://u:p@login.example.com", "https://login.example.com?x=1", "https://login.example.com#x",
	} {
		c := Config{Issuer: issuer, ClientID: "c", ClientSecret: "s", RoleClaim: "r"}
		if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), "issuer: ") {
			t.Errorf("issuer %q: %v", issuer, err)
		}
	}
	for _, c := range []Config{
		{ClientSecret: "s", RoleClaim: "r"}, {ClientID: "c", RoleClaim: "r"}, {ClientID: "c", ClientSecret: "s"},
	} {
		c.Issuer = "https://login.example.com"
		if _, err := New(c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
	for _, issuer := range []string{"https://login.example.com/realms/x", "http://127.0.0.1:9/", "http://localhost:9"} {
		if _, err := New(Config{Issuer: issuer, ClientID: "c", ClientSecret: "s", RoleClaim: "r"}); err != nil {
			t.Error(err)
		}
	}
}
