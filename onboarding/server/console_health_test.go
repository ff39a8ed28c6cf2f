package server

import (
	"net/http"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/server/console"
)

// withHealth lets the console show the results of checks of a deployment with two organizations.
func (v *venue) withHealth(lines ...console.HealthLine) {
	v.server.console.Health = func() *console.Health {
		return &console.Health{At: v.clock.now(), Lines: lines}
	}
}

// checkedLines are findings of every kind. Those with a path, an address or another organization
// hold the word SECRET.
var checkedLines = []console.HealthLine{
	{State: console.HealthWarning, Check: "signer", Text: "development certificates: /srv/SECRET/root.pem"},
	{
		State: console.HealthGood, Check: "signer", Text: "signer.example, 700 days left", Public: true, Key: "left",
		Args: []string{"subject", "signer.example", "days", "700"},
	},
	{
		State: console.HealthWarning, Check: "radius certificate", Text: "radius.example expires in 9 days",
		Public: true, Key: "left", Args: []string{"subject", "radius.example", "days", "9"},
	},
	{State: console.HealthFailure, Check: "radius", Text: "10.1.2.3:1812 SECRET does not answer"},
	{State: console.HealthGood, Check: "https", Text: "/srv/SECRET is good"},
	{State: console.HealthFailure, Check: "disk", Text: "5 MB free SECRET", Key: "free", Args: []string{"n", "5"}},
	{State: console.HealthWarning, Check: "backup", Text: "SECRET none", Key: "noBackup"},
	{
		State: console.HealthGood, Check: "tombstones", Text: "/srv/SECRET/tombstones: no deletion yet",
	},
	{State: console.HealthWarning, Check: "access points", Text: `unknown: "SECRET <b>ap</b>"`},
	{
		State: console.HealthWarning, Check: "client keys", Text: "ck-own (Till <i>7</i>) expired",
		OrganizationID: demoID,
	},
	{State: console.HealthFailure, Check: "client keys", Text: "ck-SECRET expired", OrganizationID: rivalID},
	{State: console.HealthFailure, Check: "radius trust", Text: "no phone SECRET accepts", OrganizationID: rivalID},
	{State: console.HealthFailure, Check: "organization " + demoID, Text: "of an hour ago", OrganizationID: demoID},
	{State: console.HealthGood, Check: "a check to come", Text: "SECRET new"},
}

// TestConsoleHealth: a session of the deployment sees the findings about it and the organization; a
// session of the organization sees those about it, the public ones, and of shared checks the state.
func TestConsoleHealth(t *testing.T) {
	v := newVenue(t)
	v.withHealth(checkedLines...)
	home := consoleOf(demoID)
	all := signedIn(v, "").open(home).want(http.StatusOK).says(
		"Signature of profiles", "/srv/SECRET/root.pem", "signer.example: 700 days left", "radius.example: 9 days left",
		"10.1.2.3:1812", "5 MB free for the database", "No backup was made.", "Run onramp backup every day.",
		"/srv/SECRET/tombstones", `"SECRET <b>ap</b>"`, "ck-own (Till <i>7</i>) expired", "a check to come",
		"Checked at "+v.clock.now().Format("2006-01-02"))
	for _, not := range []string{"ck-SECRET", "no phone SECRET", "of an hour ago", "<b>ap", "<i>7"} {
		if strings.Contains(all.raw, not) {
			t.Errorf("the deployment's operator sees %s", not)
		}
	}
	own := signedIn(v, demoID).open(home).want(http.StatusOK).says(
		"signer.example: 700 days left", "radius.example: 9 days left", "Works, and needs attention", "Does not work",
		"No finding", "ck-own (Till <i>7</i>) expired", "Tell the people who run the server.")
	for _, not := range []string{
		"SECRET", "/srv", "10.1.2.3", "Disk", "Backup", "Log of deletions", "hour ago", "to come",
	} {
		if strings.Contains(own.text(), not) {
			t.Errorf("an operator of the organization sees %s", not)
		}
	}
	foreign := signedIn(v, rivalID).open(consoleOf(rivalID)).want(http.StatusOK).says("ck-SECRET", "no phone SECRET")
	if strings.Contains(foreign.raw, "ck-own") {
		t.Error("another organization's operator sees the key")
	}
	for _, path := range []string{"/keys", "/docs/client-keys"} {
		if !strings.Contains(own.raw, `href="`+strings.Replace(path, "/keys", home+"/keys", 1)) &&
			!strings.Contains(own.raw, `href="`+path) {
			t.Errorf("no link to %s", path)
		}
	}
	italian := signedIn(v, demoID).open(home+"?lang=it").want(http.StatusOK).says(
		"Firma dei profili", "signer.example: ancora 700 giorni", "Funziona, ma richiede attenzione", "Controllato il")
	for _, n := range italian.all("span") {
		if text := textOf(n); strings.Contains(text, "ck-own") && attribute(n, "lang") != "en" {
			t.Error("an English text is not marked")
		} else if strings.Contains(text, "ancora 700") && attribute(n, "lang") != "" {
			t.Error("an Italian text is marked as English")
		}
	}
}

// TestConsoleHealthOrder: failures stand before warnings, and what is good is on demand.
func TestConsoleHealthOrder(t *testing.T) {
	v := newVenue(t)
	v.withHealth(checkedLines...)
	p := signedIn(v, "").open(consoleOf(demoID)).want(http.StatusOK)
	var order []string
	for _, n := range p.all("ul") {
		if attribute(n, "class") != "plain findings" {
			continue
		}
		for label := range n.Descendants() {
			if strings.HasPrefix(attribute(label, "class"), "label ") {
				order = append(order, strings.TrimPrefix(attribute(label, "class"), "label "))
			}
		}
	}
	ranks := map[string]int{"bad": 0, "warn": 1, "good": 2}
	for i := 1; i < len(order); i++ {
		if ranks[order[i]] < ranks[order[i-1]] {
			t.Fatalf("the order is %v", order)
		}
	}
	if len(p.all("details")) == 0 || len(order) < 10 {
		t.Errorf("%d findings: %s", len(order), p.text())
	}
}

// TestConsoleHealthBefore: before the first run the page says so, and no request runs a check.
func TestConsoleHealthBefore(t *testing.T) {
	v := newVenue(t)
	home := consoleOf(demoID)
	o := signedIn(v, demoID)
	if p := o.open(home).want(http.StatusOK); strings.Contains(p.raw, "Checked at") {
		t.Error("a time without checks")
	}
	reads := 0
	v.server.console.Health = func() *console.Health { reads++; return nil }
	o.open(home).want(http.StatusOK).says("run for the first time in a moment")
	if reads != 1 {
		t.Errorf("%d reads", reads)
	}
	for _, role := range []auth.Role{auth.LocationManager, auth.Support} {
		n := access.NewSignIn{OrganizationID: demoID, Role: role}
		if role == auth.LocationManager {
			n.LocationID = demoLocation
		}
		signedInBy(v, v.signInLinkFor(n)).open(home).want(http.StatusForbidden)
	}
}

// TestConsoleOrganizationStates: the list of organizations has the state of each.
func TestConsoleOrganizationStates(t *testing.T) {
	v := newVenue(t)
	o := signedIn(v, "")
	if p := o.open("/console").want(http.StatusOK); len(p.all("li")) == 0 || strings.Contains(p.raw, "class=\"label") {
		t.Errorf("states without checks: %s", p.text())
	}
	v.withHealth(append([]console.HealthLine{{
		State: console.HealthGood, Check: "organization " + onboarding.NewID(), OrganizationID: onboarding.NewID(),
	}}, checkedLines...)...)
	o.open("/console").want(http.StatusOK).says("Failure: 1", "Failure: 2")
}
