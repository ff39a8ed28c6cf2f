package auth_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding/auth"
)

var everyScope = []auth.Scope{
	auth.OrganizationRead, auth.OrganizationWrite, auth.CustomerRead,
	auth.CustomerWrite, auth.EventsRead, auth.OrganizationSettingsRead,
}

// TestHolds checks each scope of a set against each required scope, after the table in the API's
// contract.
func TestHolds(t *testing.T) {
	holds := map[auth.Scope][]auth.Scope{
		auth.OrganizationRead: {auth.OrganizationRead, auth.CustomerRead, auth.EventsRead,
			auth.OrganizationSettingsRead},
		auth.OrganizationWrite:        {auth.OrganizationWrite, auth.CustomerWrite},
		auth.CustomerRead:             {auth.CustomerRead},
		auth.CustomerWrite:            {auth.CustomerWrite},
		auth.EventsRead:               {auth.EventsRead},
		auth.OrganizationSettingsRead: {auth.OrganizationSettingsRead},
	}
	for _, given := range everyScope {
		set := auth.ScopesOf(given)
		for _, asked := range everyScope {
			if got, want := set.Has(asked), slices.Contains(holds[given], asked); got != want {
				t.Errorf("ScopesOf(%s).Has(%s) = %t, want %t", given, asked, got, want)
			}
		}
		if got := set.List(); !slices.Equal(got, []auth.Scope{given}) {
			t.Errorf("ScopesOf(%s).List() = %v: held scopes must not be listed", given, got)
		}
	}
}

func TestNothingIsPermittedByNothing(t *testing.T) {
	var none auth.Scopes
	if !none.Empty() || none.String() != "" || none.List() == nil {
		t.Errorf("the zero set is %q, List %#v", none, none.List())
	}
	for _, s := range everyScope {
		if none.Has(s) {
			t.Errorf("the zero set permits %s", s)
		}
	}
	all := auth.RoleScopes(auth.OrganizationManager)
	for _, s := range []auth.Scope{"", "customer", "Customer_Read", "customer_read ", "admin"} {
		if all.Has(s) {
			t.Errorf("the whole set permits the unknown scope %q", s)
		}
	}
	if !auth.ScopesOf("admin").Empty() {
		t.Error("an unknown scope makes a set")
	}
}

func TestRoleScopes(t *testing.T) {
	for _, tt := range []struct {
		role auth.Role
		want string
	}{
		{auth.PublicApp, "customer_read customer_write organization_settings_read"},
		{auth.OrganizationManager, "organization_read organization_write customer_read customer_write " +
			"events_read organization_settings_read"},
		{auth.LocationManager, "organization_read customer_read customer_write events_read"},
		{auth.Support, "organization_read"},
		{"root", ""},
		{"", ""},
	} {
		if got := auth.RoleScopes(tt.role).String(); got != tt.want {
			t.Errorf("RoleScopes(%q) = %q, want %q", tt.role, got, tt.want)
		}
	}
}

func TestParseRole(t *testing.T) {
	for _, r := range auth.Roles() {
		if got, err := auth.ParseRole(string(r)); err != nil || got != r {
			t.Errorf("ParseRole(%s) = %q, %v", r, got, err)
		}
	}
	for _, name := range []string{"", "publicapp", "PublicApp", "organizationManager ", "admin", "\x00"} {
		_, err := auth.ParseRole(name)
		if !errors.Is(err, auth.ErrRole) {
			t.Errorf("ParseRole(%q): %v, want ErrRole", name, err)
		} else if !strings.Contains(err.Error(), "organizationManager") {
			t.Errorf("ParseRole(%q) does not say which roles there are: %v", name, err)
		}
	}
}

func TestParseScopes(t *testing.T) {
	for _, tt := range []struct {
		role auth.Role
		text string
		want string
		err  error
	}{
		{auth.PublicApp, "customer_read", "customer_read", nil},
		{auth.PublicApp, "customer_write,customer_read", "customer_read customer_write", nil},
		{auth.PublicApp, " customer_read , customer_read ", "customer_read", nil},
		{auth.PublicApp, "organization_settings_read customer_write", "customer_write organization_settings_read", nil},
		{auth.OrganizationManager, "organization_read", "organization_read", nil},
		{auth.OrganizationManager, "events_read,organization_write", "organization_write events_read", nil},
		{auth.LocationManager, "customer_read", "customer_read", nil},
		{auth.LocationManager, "organization_settings_read", "", auth.ErrScopeRole},
		{auth.LocationManager, "organization_write", "", auth.ErrScopeRole},
		{auth.Support, "customer_read", "customer_read", nil},
		{auth.Support, "customer_write", "", auth.ErrScopeRole},
		{auth.PublicApp, "organization_read", "", auth.ErrScopeRole},
		{auth.PublicApp, "organization_write", "", auth.ErrScopeRole},
		{auth.PublicApp, "customer_read,events_read", "", auth.ErrScopeRole},
		{auth.OrganizationManager, "customer_reed", "", auth.ErrScope},
		{auth.OrganizationManager, "CUSTOMER_READ", "", auth.ErrScope},
		{auth.OrganizationManager, "customer_read;events_read", "", auth.ErrScope},
		{auth.OrganizationManager, "", "", auth.ErrScope},
		{auth.OrganizationManager, " , ,", "", auth.ErrScope},
		{"root", "customer_read", "", auth.ErrRole},
		{"", "customer_read", "", auth.ErrRole},
	} {
		got, err := auth.ParseScopes(tt.role, tt.text)
		if !errors.Is(err, tt.err) || (err != nil) != (tt.err != nil) {
			t.Errorf("ParseScopes(%s, %q): error %v, want %v", tt.role, tt.text, err, tt.err)
		}
		if got.String() != tt.want {
			t.Errorf("ParseScopes(%s, %q) = %q, want %q", tt.role, tt.text, got, tt.want)
		}
		if err != nil {
			continue
		}
		again, err := auth.ParseScopes(tt.role, got.String())
		if err != nil || again != got {
			t.Errorf("%q does not read back as itself: %q, %v", got, again, err)
		}
	}
}
