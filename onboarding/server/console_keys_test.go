package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// TestConsoleKeys: a key is created, gets another secret, and is revoked.
func TestConsoleKeys(t *testing.T) {
	v := newVenue(t)
	o := signedIn(v, demoID)
	page := consoleOf(demoID) + "/keys"
	form := o.formOf(page, page)
	for _, wrong := range []struct{ field, value, says string }{
		{"role", "root", "choose a role"}, {"expires", "tomorrow", "not a date"},
		{"expires", "2001-01-01", "not in the future"}, {"label", strings.Repeat("x", 1000), ""},
	} {
		bad := withFields(form, map[string]string{"label": "Till", "role": "organizationManager"})
		bad.Set(wrong.field, wrong.value)
		p := o.send(page, bad).want(http.StatusConflict)
		if len(p.all("tbody")) == 0 || !strings.Contains(p.raw, `id="wrong-`+wrong.field) {
			t.Errorf("%s %q: %s", wrong.field, wrong.value, p.text())
		}
		p.says(wrong.says)
	}
	o.send(page, withFields(form, map[string]string{"role": "locationManager", "location": nobodyID})).want(
		http.StatusConflict).says("location")
	ofLocation := withFields(form, map[string]string{"role": "locationManager", "location": demoLocation})
	local := o.send(page, ofLocation).want(http.StatusOK)
	if key, _ := v.shownKey(local); key == "" {
		t.Error("no key of a location")
	}
	form = o.formOf(page, page)
	o.send(page, withFields(form, map[string]string{"role": "support", "location": demoLocation})).want(http.StatusOK)
	o.open(page).want(http.StatusOK).says("Manager of a location: Via Roma")
	form = o.formOf(page, page)
	good := withFields(form, map[string]string{"label": "Till <1>", "role": "organizationManager"})
	p := o.send(page, good).want(http.StatusOK)
	key, secret := v.shownKey(p)
	login := func(secret string) int {
		return v.post("/v1/sts/login/services", "", map[string]any{"clientKey": key, "clientSecret": secret}).status
	}
	if login(secret) != http.StatusOK {
		t.Error("the key does not log in")
	}
	list := o.open(page).want(http.StatusOK).says("Till <1>", key)
	if strings.Contains(list.raw, secret) {
		t.Error("the secret is shown again")
	}
	rotate, revoke := "", ""
	for _, n := range list.all("a") {
		if href := attribute(n, "href"); strings.HasSuffix(href, "/rotate") && rotate == "" {
			rotate = href // of the newest key
		} else if strings.HasSuffix(href, "/revoke") && revoke == "" {
			revoke = href
		}
	}
	o.open(rotate).want(http.StatusOK).says("goes on working for a day")
	_, second := v.shownKey(o.send(rotate, form).want(http.StatusOK))
	if login(secret) != http.StatusOK || login(second) != http.StatusOK {
		t.Error("not both secrets log in during the overlap")
	}
	o.send(rotate, form).want(http.StatusConflict) // a double click makes no third secret
	o.open(revoke).want(http.StatusOK).says("cannot be undone")
	o.send(revoke, form).want(http.StatusSeeOther)
	if login(secret) != http.StatusUnauthorized || login(second) != http.StatusUnauthorized {
		t.Error("a revoked key logs in")
	}
	all := signedIn(v, "")
	all.send(strings.Replace(revoke, demoID, rivalID, 1), all.formOf(page, page)).want(http.StatusNotFound)
}

// keyForm returns the form of a new key of a role, with these of its scopes.
func (o *operator) keyForm(page string, role auth.Role, scopes ...string) url.Values {
	o.Helper()
	form := o.formOf(page, page)
	for name := range form {
		if strings.HasPrefix(name, "scope.") {
			form.Del(name)
		}
	}
	form.Set("role", string(role))
	form.Set("location", demoLocation)
	for _, scope := range scopes {
		form.Set("scope."+string(role)+"."+scope, "true")
	}
	return form
}

// TestConsoleKeyScopes: a key has the chosen scopes of its role; other scopes, and none, are errors
// beside the boxes, and create nothing.
func TestConsoleKeyScopes(t *testing.T) {
	v := newVenue(t)
	o := signedIn(v, demoID)
	page := consoleOf(demoID) + "/keys"
	boxes := map[string]bool{} // whether each is checked at first
	for _, n := range o.open(page).want(http.StatusOK).all("input") {
		if name, isScope := strings.CutPrefix(attribute(n, "name"), "scope."); isScope {
			boxes[name] = has(n, "checked")
		}
	}
	count := 0
	for _, role := range auth.Roles() {
		for _, scope := range auth.PossibleScopes(role) {
			name := string(role) + "." + string(scope)
			checked, shown := boxes[name]
			if !shown || checked != slices.Contains(auth.RoleScopes(role).List(), scope) {
				t.Errorf("%s: shown %t, checked %t", name, shown, checked)
			}
			count++
		}
	}
	if len(boxes) != count {
		t.Errorf("%d boxes, want %d", len(boxes), count)
	}
	for _, c := range []struct {
		role   auth.Role
		scopes []string
		want   string
	}{
		{auth.PublicApp, []string{"customer_read"}, "customer_read"},
		{auth.Support, []string{"events_read", "customer_read"}, "customer_read events_read"},
		{auth.LocationManager, []string{"customer_read"}, "customer_read"},
		{auth.OrganizationManager, []string{"organization_settings_read"}, "organization_settings_read"},
		{auth.OrganizationManager, []string{"organization_write", "organization_read"},
			"organization_read organization_write"},
	} {
		form := o.keyForm(page, c.role, c.scopes...)
		form.Set("scope.support.organization_read", "true") // of another role: not read
		if c.role == auth.Support {
			form.Del("scope.support.organization_read")
		}
		clientKey, _ := v.shownKey(o.send(page, form).want(http.StatusOK))
		k, err := v.store.ServiceKeyByClientKey(t.Context(), clientKey)
		if err != nil || k.Scopes.String() != c.want || k.Role != c.role {
			t.Errorf("%s %v: %+v, %v", c.role, c.scopes, k, err)
		}
		wantLocation := ""
		if c.role == auth.LocationManager {
			wantLocation = demoLocation
		}
		if k.LocationID != wantLocation {
			t.Errorf("%s: the location is %q", c.role, k.LocationID)
		}
		row := ""
		for _, n := range o.open(page).want(http.StatusOK).all("tr") {
			if text := textOf(n); strings.Contains(text, clientKey) {
				row = text
			}
		}
		for _, scope := range c.scopes {
			if !strings.Contains(row, scope) {
				t.Errorf("the list shows %q, without %s", row, scope)
			}
		}
	}
	before := v.keys()
	for _, c := range []struct {
		role   auth.Role
		scopes []string
		says   string
	}{
		{auth.PublicApp, nil, "choose at least one scope"},
		{auth.PublicApp, []string{"organization_write"}, "publicApp cannot have organization_write"},
		{auth.PublicApp, []string{"customer_read", "events_read"}, "publicApp cannot have events_read"},
		{auth.Support, []string{"customer_write"}, "support cannot have customer_write"},
		{auth.LocationManager, []string{"organization_settings_read"}, "locationManager cannot have"},
		{auth.OrganizationManager, []string{"<b>root</b>"}, `unknown scope "<b>root</b>"`},
		{auth.OrganizationManager, []string{""}, "the list is empty"},
	} {
		p := o.send(page, o.keyForm(page, c.role, c.scopes...)).want(http.StatusConflict).says(c.says)
		if !strings.Contains(p.raw, `id="wrong-scope"`) {
			t.Errorf("%s %v: no error beside the boxes", c.role, c.scopes)
		}
		for _, n := range p.all("fieldset") {
			if of := slices.Contains(strings.Fields(attribute(n, "class")), string(c.role)); of !=
				(attribute(n, "aria-describedby") == "wrong-scope") {
				t.Errorf("%s %v: the error stands at %s", c.role, c.scopes, attribute(n, "class"))
			}
		}
		if strings.Contains(p.raw, "<b>root") {
			t.Error("the error holds HTML")
		}
	}
	if after := v.keys(); after != before {
		t.Errorf("%d keys after errors, %d before", after, before)
	}
}

// TestConsoleKeyTwice: a form that is sent twice creates one key, and the second answer names it.
// IDs of other keys, and IDs that are none, create nothing.
func TestConsoleKeyTwice(t *testing.T) {
	v := newVenue(t)
	o := signedIn(v, demoID)
	page := consoleOf(demoID) + "/keys"
	form := o.keyForm(page, auth.PublicApp, "customer_read")
	form.Set("label", "Till <i>7</i>")
	clientKey, _ := v.shownKey(o.send(page, form).want(http.StatusOK))
	before := v.keys()
	again := o.send(page, form).want(http.StatusConflict).says("no second key was created", clientKey, "Till <i>7</i>")
	if strings.Contains(again.raw, "<i>7") {
		t.Error("a label is HTML")
	}
	form.Set("once", onboarding.NewID())
	o.send(page, form).want(http.StatusOK)
	rival := signedIn(v, rivalID)
	theirs := consoleOf(rivalID) + "/keys"
	stolen := rival.keyForm(theirs, auth.PublicApp, "customer_read")
	k, err := v.store.ServiceKeyByClientKey(t.Context(), clientKey)
	if err != nil {
		t.Fatal(err)
	}
	stolen.Set("once", k.ID)
	if p := rival.send(theirs, stolen).want(http.StatusNotFound); strings.Contains(p.raw, clientKey) {
		t.Error("another organization's key is shown")
	}
	for _, wrong := range []string{"x", strings.Repeat("A", 32), "<b>"} {
		form.Set("once", wrong)
		o.send(page, form).want(http.StatusConflict).says("id:")
	}
	form.Del("once") // of a page of the version before
	o.send(page, form).want(http.StatusOK)
	if after := v.keys(); after != before+2 {
		t.Errorf("%d keys, want %d", after, before+2)
	}
}

// keys returns the number of keys of all organizations.
func (v *venue) keys() int {
	v.Helper()
	all, err := v.store.ServiceKeys(v.Context(), "")
	if err != nil {
		v.Fatal(err)
	}
	return len(all)
}
