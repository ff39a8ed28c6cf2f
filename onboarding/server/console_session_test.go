package server

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
)

// TestConsoleSignIn: a link works once, within its lifetime, and a preview does not use it.
func TestConsoleSignIn(t *testing.T) {
	v := newVenue(t)
	o := newOperator(v)
	o.open("/console").want(http.StatusUnauthorized)
	o.open(consoleOf(demoID)).want(http.StatusUnauthorized)
	link := v.signInLink(demoID)
	for range 3 {
		o.open(link).want(http.StatusOK)
	}
	o.do(http.MethodHead, link, nil).want(http.StatusOK)
	if got := o.send(link, nil).want(http.StatusSeeOther).header.Get("Location"); got != consoleOf(demoID) {
		t.Errorf("the sign-in leads to %s", got)
	}
	o.open(consoleOf(demoID)).want(http.StatusOK)
	o.open(link).want(http.StatusGone)
	newOperator(v).send(link, nil).want(http.StatusGone)
	newOperator(v).open("/console/sign-in/unknown").want(http.StatusGone)

	late := v.signInLink("")
	v.clock.advance(access.SignInLifetime)
	newOperator(v).send(late, nil).want(http.StatusGone)
	if strings.Contains(v.log.String(), strings.TrimPrefix(link, "/console/sign-in/")) {
		t.Error("the log has the token of a link")
	}
	if strings.Contains(v.log.String(), o.session(t)) {
		t.Error("the log has the token of a session")
	}
}

// TestConsoleSignInRace: of many browsers that use one link at once, one is signed in.
func TestConsoleSignInRace(t *testing.T) {
	v := newVenue(t)
	link := v.signInLink(demoID)
	var in atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		o := newOperator(v)
		all.Go(func() {
			if o.send(link, nil).status == http.StatusSeeOther {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d browsers are signed in", in.Load())
	}
}

// TestConsoleSession: a session ends when it is not used, at its end, at the sign-out, and for
// another browser that has the cookie.
func TestConsoleSession(t *testing.T) {
	v := newVenue(t)
	o := signedIn(v, demoID)
	page := consoleOf(demoID) + "/people"
	o.open(page).want(http.StatusOK)
	o.open(page, byAgent(linuxAgent)).want(http.StatusUnauthorized)
	for range 20 { // used every 30 minutes, until SessionLifetime
		v.clock.advance(30 * time.Minute)
		o.open(page).want(http.StatusOK)
	}
	v.clock.advance(access.SessionIdle)
	o.open(page).want(http.StatusUnauthorized)

	o = signedIn(v, demoID)
	v.clock.advance(access.SessionIdle - time.Second)
	o.open(page).want(http.StatusOK)

	o = signedIn(v, demoID)
	for range int(access.SessionLifetime/(30*time.Minute)) - 1 {
		v.clock.advance(30 * time.Minute)
		o.open(page).want(http.StatusOK)
	}
	v.clock.advance(30 * time.Minute)
	o.open(page).want(http.StatusUnauthorized)

	o = signedIn(v, demoID)
	stolen := o.session(t)
	form := o.formOf(page, "/console/sign-out")
	o.send("/console/sign-out", form).want(http.StatusOK)
	thief := newOperator(v)
	thief.open(page, func(r *http.Request) {
		r.AddCookie(&http.Cookie{Name: "onramp-console", Value: stolen})
	}).want(http.StatusUnauthorized)

	first, second := signedIn(v, demoID), signedIn(v, "")
	link := v.signInLink("")
	if n, err := v.service.Access.EndSessions(t.Context()); err != nil || n < 2 {
		t.Errorf("ended sessions: %d %v", n, err)
	}
	first.open(page).want(http.StatusUnauthorized)
	second.open(page).want(http.StatusUnauthorized)
	newOperator(v).send(link, nil).want(http.StatusGone)
}

// TestConsoleGuesses: wrong links and cookies are limited; a right one passes.
func TestConsoleGuesses(t *testing.T) {
	v := newVenue(t)
	o := signedIn(v, demoID)
	link := v.signInLink(demoID)
	refused := 0
	for range 40 {
		if newOperator(v).send("/console/sign-in/AAAAAAAAAAAAAAAAAAAAAA", nil).status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 20 {
		t.Errorf("%d of 40 guesses are refused", refused)
	}
	o.open(consoleOf(demoID)).want(http.StatusOK)
	newOperator(v).send(link, nil).want(http.StatusSeeOther)
}

// TestConsoleForms: a form is refused from another site, without a token, with another session's,
// or with a body that is no form. Nothing is changed.
func TestConsoleForms(t *testing.T) {
	v := newVenue(t)
	id := v.enrol("anna")
	o, other := signedIn(v, demoID), signedIn(v, demoID)
	page := consoleOf(demoID) + "/people/" + id
	right := o.formOf(page, page+"/lock")
	header := func(name, value string) option {
		return func(r *http.Request) {
			if value == "" {
				r.Header.Del(name)
			} else {
				r.Header.Set(name, value)
			}
		}
	}
	o.send(page+"/lock", right, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	o.send(page+"/lock", right, header("Sec-Fetch-Site", "same-site")).want(http.StatusForbidden)
	o.send(page+"/lock", right, header("Sec-Fetch-Site", ""), header("Origin", "https://evil.example")).want(
		http.StatusForbidden)
	o.send(page+"/lock", nil).want(http.StatusConflict)
	o.send(page+"/lock", other.formOf(page, page+"/lock")).want(http.StatusConflict)
	o.send(page+"/lock", right, header("Content-Type", "application/json")).want(http.StatusConflict)
	newOperator(v).send(page+"/lock", right).want(http.StatusUnauthorized)
	o.send("/console/sign-out", nil).want(http.StatusConflict)
	if v.locked(id) {
		t.Error("a refused form locked the person")
	}
	o.send(page+"/lock", right).want(http.StatusSeeOther)
	if !v.locked(id) {
		t.Error("the person is not locked")
	}
}

// TestConsoleOrganizations: a session of one organization sees no other; one of all lists them.
func TestConsoleOrganizations(t *testing.T) {
	v := newVenue(t)
	id := v.enrol("anna")
	rival := v.token(rivalID, auth.OrganizationManager)
	abroad := v.post("/v3/customers", rival, person("abroad")).want(http.StatusCreated).text("id")
	one, all := signedIn(v, demoID), signedIn(v, "")
	for _, path := range []string{
		consoleOf(rivalID), consoleOf(rivalID) + "/people", consoleOf(rivalID) + "/people.csv",
		consoleOf(rivalID) + "/people/" + abroad, consoleOf(demoID) + "/people/" + abroad,
		consoleOf(demoID) + "/people/" + nobodyID, consoleOf(nobodyID), consoleOf("nonsense"),
		consoleOf(demoID) + "/people/" + id + "/nonsense", consoleOf(demoID) + "/people/nonsense",
	} {
		one.open(path).want(http.StatusNotFound)
	}
	all.open("/console").want(http.StatusOK)
	all.open(consoleOf(rivalID) + "/people/" + abroad).want(http.StatusOK)
	all.open(consoleOf(demoID) + "/people/" + abroad).want(http.StatusNotFound)
	all.open(consoleOf(demoID) + "/people/" + id).want(http.StatusOK)
	form := one.formOf(consoleOf(demoID)+"/people/"+id, consoleOf(demoID)+"/people/"+id+"/lock")
	for _, act := range []string{"link", "lost", "lock", "unlock", "data"} {
		one.send(consoleOf(rivalID)+"/people/"+abroad+"/"+act, form).want(http.StatusNotFound)
		one.send(consoleOf(demoID)+"/people/"+abroad+"/"+act, form).want(http.StatusNotFound)
	}
	one.send(consoleOf(rivalID)+"/people/"+abroad+"/delete", form).want(http.StatusNotFound)
	one.send(consoleOf(demoID)+"/people/"+abroad+"/delete", form) // as for one who is deleted
	v.get("/v2/customers/"+abroad, rival).want(http.StatusOK)
}

// TestConsoleAudit: the acts of an operator are recorded with the session.
func TestConsoleAudit(t *testing.T) {
	v := newVenue(t)
	id := v.enrol("anna")
	o := signedIn(v, demoID)
	page := consoleOf(demoID) + "/people/" + id
	form := o.formOf(page, page+"/lock")
	for act, want := range map[string]onboarding.AuditAction{
		"lock": onboarding.AuditContactLocked, "unlock": onboarding.AuditContactUnlocked,
		"link": onboarding.AuditLinkCreated, "lost": onboarding.AuditContactRotated,
		"data": onboarding.AuditContactExported, "delete": onboarding.AuditContactDeleted,
	} {
		if act == "delete" {
			continue
		}
		rows := v.since(func() { o.send(page+"/"+act, form) })
		found := false
		for _, r := range rows {
			found = found || r.Action == want && r.Actor.Kind == onboarding.ActorConsole && r.Actor.ID != ""
		}
		if !found {
			t.Errorf("%s: %+v", act, rows)
		}
	}
	rows := v.since(func() { o.send(page+"/delete", form).want(http.StatusSeeOther) })
	if len(rows) == 0 || rows[0].Actor.Kind != onboarding.ActorConsole {
		t.Errorf("delete: %+v", rows)
	}
	o.send(page+"/delete", form).want(http.StatusSeeOther) // a double click
	o.send(page+"/lock", form).want(http.StatusNotFound)
}
