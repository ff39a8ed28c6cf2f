package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// raise applies a version of the terms of use with a description of its changes.
func (v *venue) raise(version string, answer onboarding.Reconsent) {
	v.Helper()
	stored, err := v.store.Organization(v.Context(), demoID)
	if err != nil {
		v.Fatal(err)
	}
	o := *stored
	o.Policies = slices.Clone(o.Policies)
	o.Policies[0].Version = version
	o.Policies[0].Changes = map[string]string{o.Languages[0]: "Streaming is <allowed>."}
	o.Portal.Reconsent, o.Portal.GraceDays = answer, 14
	if _, err := v.service.Tenant.Apply(v.Context(), []*onboarding.Organization{&o}); err != nil {
		v.Fatal(err)
	}
}

// TestReconsentPage raises a version for a visitor with a link: the page asks, describes the
// change, and goes on with or without an answer until the organization stops.
func TestReconsentPage(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(10)
	page, signedUp := "/activate/"+token, len(v.ledger(customer))
	v.browse(http.MethodGet, page, nil).want(http.StatusOK).saysNot("policies.termsOfUse")
	v.raise("2.00", onboarding.ReconsentStop)

	p := v.browse(http.MethodGet, page, nil).want(http.StatusOK).says("Our terms have changed",
		"Streaming is <allowed>.", "version 2.00", "Not now").saysNot("/activate/"+token+"/ios", "policies.privacy")
	v.browse(http.MethodGet, page+"?later=1", nil).want(http.StatusOK).says("Download")
	v.browse(http.MethodGet, page+"/ios", nil).want(http.StatusOK)

	action, form := attribute(p.all("form")[0], "action"), p.form()
	v.browse(http.MethodPost, action, form).want(http.StatusConflict).says("please accept")
	form.Set("policies.termsOfUse", "true")
	v.browse(http.MethodPost, action, form, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, action, url.Values{"policies.termsOfUse": {"true"}}).want(http.StatusConflict)
	other, _ := v.link(1)
	v.browse(http.MethodPost, strings.Replace(action, token, other, 1), form).want(http.StatusSeeOther) // owes none
	if got := len(v.ledger(customer)); got != signedUp {
		t.Fatalf("%d rows before an acceptance", got)
	}

	v.clock.advance(14*24*time.Hour + time.Hour) // the link has expired: a new one
	again := v.post("/v2/customers/"+customer+"/token", v.token(demoID, auth.OrganizationManager),
		map[string]any{}).want(http.StatusOK).text("token")
	page = "/activate/" + again
	p = v.browse(http.MethodGet, page+"?later=1", nil).want(http.StatusOK).says("read and accept").saysNot("Not now")
	v.browse(http.MethodGet, page+"/ios", nil).want(http.StatusConflict)
	action, form = attribute(p.all("form")[0], "action"), p.form()
	form.Set("policies.termsOfUse", "true")

	v.raise("3.00", onboarding.ReconsentStop) // while the page is open
	v.browse(http.MethodPost, action, form).want(http.StatusConflict).says("changed since you opened", "version 3.00")
	p = v.browse(http.MethodGet, page, nil).want(http.StatusOK)
	form = p.form()
	form.Set("policies.termsOfUse", "true")
	for range 2 { // a double tap
		v.browse(http.MethodPost, action, form).want(http.StatusSeeOther)
	}
	rows := v.ledger(customer)
	if last := rows[len(rows)-1]; len(rows) != signedUp+1 || last.Version != "3.00" || !last.Accepted ||
		last.Channel != onboarding.ChannelPortal {
		t.Errorf("%d rows, last %+v", len(rows), last)
	}
	v.browse(http.MethodGet, page, nil).want(http.StatusOK).says("Download")
	v.browse(http.MethodGet, page+"/ios", nil).want(http.StatusOK)
}

func (v *venue) ledger(customer string) []onboarding.Consent {
	v.Helper()
	rows, err := v.store.Consents(v.Context(), customer)
	if err != nil {
		v.Fatal(err)
	}
	return rows
}

// TestReconsentAPI checks that an app reads the policies that are due, and gets no profile after
// the grace.
func TestReconsentAPI(t *testing.T) {
	v := newVenue(t)
	app := v.token(demoID, auth.PublicApp)
	guid := header("Onramp-Guid", "device-0123456789abcdef")
	made := v.post("/v3/customers", app, map[string]any{
		"policies": map[string]any{"termsOfUse": true, "privacy": true},
	}, guid).want(http.StatusCreated)
	customer := "/v3/customers/" + made.text("id")
	due := func() []any {
		t.Helper()
		return v.get(customer, app, guid).want(http.StatusOK).json["policiesDue"].([]any)
	}
	if got := due(); len(got) != 0 {
		t.Errorf("at first: %v", got)
	}
	v.raise("2.00", onboarding.ReconsentStop)
	if got := due(); len(got) != 1 || got[0] != "termsOfUse" {
		t.Errorf("raised: %v", got)
	}
	v.get(customer+"/profile?platform=ios", app, guid).want(http.StatusOK)
	v.clock.advance(15 * 24 * time.Hour)
	app = v.token(demoID, auth.PublicApp)
	v.get(customer+"/profile?platform=ios", app, guid).blames(http.StatusConflict, "policies.termsOfUse")
	listed := v.get("/v3/organizations/"+demoID+"/policies", app).want(http.StatusOK)
	if first := listed.json["policies"].([]any)[0].(map[string]any); first["version"] != "2.00" ||
		first["changes"] != "Streaming is <allowed>." {
		t.Errorf("listed: %v", first)
	}
	v.put(customer, app, map[string]any{"policies": map[string]any{"termsOfUse": true}}, guid).want(http.StatusOK)
	if got := due(); len(got) != 0 {
		t.Errorf("accepted: %v", got)
	}
	v.get(customer+"/profile?platform=ios", app, guid).want(http.StatusOK)
}
