package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/auth"
	"onramp/onboarding/deployment"
	"onramp/onboarding/links"
	"onramp/onboarding/testkit"
)

// self signs a person up and returns the address of the self-service page, and whose it is.
func (v *venue) self() (page, customer string) {
	v.Helper()
	token, customer := v.link(10)
	p := v.browse(http.MethodPost, "/activate/"+token+"/me", url.Values{}).want(http.StatusSeeOther)
	return p.header.Get("Location"), customer
}

// ticket returns the form of a self-service page: its sealed ticket and the ticked boxes.
func (v *venue) ticket(page string) url.Values {
	v.Helper()
	return v.browse(http.MethodGet, page, nil).want(http.StatusOK).form()
}

func (v *venue) exists(customer string) bool {
	v.Helper()
	found, err := v.store.MatchAny(v.Context(), demoID, onboarding.Match{ID: customer}, 1)
	if err != nil {
		v.Fatal(err)
	}
	return len(found) == 1
}

// TestSelfService follows the page: it shows devices and choices, stores nothing by being looked
// at, is neither cached nor indexed, and records choices in the ledger.
func TestSelfService(t *testing.T) {
	v := newVenue(t, func(o *onboarding.Organization) {
		o.Policies = append(o.Policies, onboarding.Policy{Key: "customs.news", Version: "3",
			Title: map[string]string{"en": "News", "it": "Notizie"}})
	})
	page, customer := v.self()
	p := v.browse(http.MethodGet, page, nil).want(http.StatusOK).says("Your access and your data", "News",
		"No device is known yet", "Not accepted, since")
	if got := p.header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Errorf("Cache-Control: %q", got)
	}
	if !strings.Contains(p.raw, `name="referrer" content="same-origin"`) {
		t.Error("the token may leave by the referrer")
	}
	p.saysNot(customer, "Ada", "Rossi") // the page itself shows no name
	form := p.form()
	before := len(v.ledger(customer))
	form.Set("policies.customs.news", "true")
	for range 2 {
		v.browse(http.MethodPost, page+"/choices", form).want(http.StatusSeeOther)
	}
	rows := v.ledger(customer)
	if last := rows[len(rows)-1]; len(rows) != before+1 || last.Policy != "customs.news" || !last.Accepted ||
		last.Version != "3" || last.Channel != onboarding.ChannelPortal {
		t.Errorf("%d rows after %d, last %+v", len(rows), before, last)
	}
	form = v.ticket(page)
	form.Del("policies.customs.news")
	v.browse(http.MethodPost, page+"/choices", form).want(http.StatusSeeOther)
	if rows = v.ledger(customer); len(rows) != before+2 || rows[len(rows)-1].Accepted {
		t.Errorf("withdrawn: %+v", rows[len(rows)-1])
	}
	data := v.browse(http.MethodPost, page+"/data", form).want(http.StatusOK)
	var file map[string]any
	if err := json.Unmarshal([]byte(data.raw), &file); err != nil {
		t.Fatal(err)
	}
	if contact := file["contact"].(map[string]any); contact["firstName"] != "Ada" ||
		!strings.Contains(data.header.Get("Content-Disposition"), "attachment") ||
		len(file["consents"].([]any)) != before+2 {
		t.Errorf("the file: %s", data.raw)
	}
	device := v.browse(http.MethodPost, page+"/device", form).want(http.StatusOK).says("Add a device")
	var install string
	for _, a := range device.hrefs() {
		if strings.HasPrefix(a, "/activate/") {
			install = a
		}
	}
	v.browse(http.MethodGet, install, nil).want(http.StatusOK)
	resume := v.browse(http.MethodGet, "/go", nil).form()
	resume.Set("code", textOf(device.all("dd")[1]))
	v.browse(http.MethodPost, "/go", resume).want(http.StatusSeeOther)
}

// TestSelfServiceWithdraw withdraws a mandatory policy after its confirmation and accepts it again.
func TestSelfServiceWithdraw(t *testing.T) {
	v := newVenue(t)
	page, customer := v.self()
	confirm := v.browse(http.MethodGet, page+"/withdraw?policy=privacy", nil).want(http.StatusOK).
		says("cannot be used without this consent")
	if last := v.ledger(customer); !last[len(last)-1].Accepted && last[len(last)-1].Policy == "privacy" {
		t.Error("the confirmation alone withdrew")
	}
	v.browse(http.MethodPost, page+"/withdraw?policy=privacy", confirm.form()).want(http.StatusSeeOther)
	p := v.browse(http.MethodGet, page, nil).want(http.StatusOK).says("ended on", "I have read")
	form := p.form()
	form.Set("policies.privacy", "true")
	v.browse(http.MethodPost, page+"/choices", form).want(http.StatusSeeOther)
	v.browse(http.MethodGet, page, nil).want(http.StatusOK).says("ends on").saysNot("ended on")
	v.browse(http.MethodGet, page+"/withdraw?policy=mktgCommunications", nil).want(http.StatusNotFound)
}

// TestSelfServicePPD refuses the processing of personal data after a confirmation, on both engines:
// the details are erased, the access and the link go on, and the ledger and the audit have it.
func TestSelfServicePPD(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := newVenueOn(t, db, asksEverything, func(o *onboarding.Organization) {
			o.Portal.Fields = []string{"firstName", "lastName", "email"}
		})
		action, form := v.form("/portal/" + demoID)
		form.Set("policies.profiling", "true")
		signedUp := v.signUp(action, form)
		customer := signedUp.customer()
		credential, err := db.Credential(t.Context(), customer)
		if err != nil {
			t.Fatal(err)
		}
		page := v.browse(http.MethodPost, "/activate/"+tokenIn(signedUp.url.Path)+"/me", url.Values{}).
			want(http.StatusSeeOther).header.Get("Location")
		if v.browse(http.MethodGet, page, nil).want(http.StatusOK).link(page+"/ppd") == "" {
			t.Fatal("no way to the confirmation")
		}
		confirm := v.browse(http.MethodGet, page+"/ppd", nil).want(http.StatusOK).says("erased at once",
			"Your devices keep Demo WiFi")
		if c := signedUp.stored(); c.Minimised() || c.FirstName == "" {
			t.Fatal("the confirmation alone erased")
		}
		v.db = db
		rows := len(v.ledger(customer))
		audit := v.since(func() {
			for range 2 { // a double tap
				v.browse(http.MethodPost, page+"/ppd", confirm.form()).want(http.StatusSeeOther)
			}
		})
		c := signedUp.stored()
		if !c.Minimised() || c.FirstName != "" || c.Email != "" || c.Language != "en" || c.Profiled() {
			t.Errorf("stored: %+v", c)
		}
		ledger := v.ledger(customer)[rows:]
		if len(ledger) != 2 || ledger[0].Policy != "ppd" || ledger[0].Accepted || ledger[1].Policy != "profiling" ||
			ledger[1].Accepted || ledger[0].Channel != onboarding.ChannelPortal {
			t.Errorf("the ledger: %+v", ledger)
		}
		changed := slices.IndexFunc(audit, func(r onboarding.AuditRow) bool {
			return r.Action == onboarding.AuditContactChanged && r.TargetID == v.service.Audit.ContactHash(customer) &&
				slices.Contains(r.Fields, "policies.ppd")
		})
		if changed < 0 {
			t.Errorf("the audit: %+v", audit)
		}
		after, err := db.Credential(t.Context(), customer)
		if err != nil || !after.Expires.Equal(credential.Expires) || !after.Created.Equal(credential.Created) {
			t.Errorf("the access: %+v, %v", after, err)
		}
		p := v.browse(http.MethodGet, page, nil).want(http.StatusOK).says("Only what the access needs",
			"Not accepted, since")
		if p.link(page+"/ppd") != "" || has(p.named("policies.profiling"), "checked") {
			t.Error("the page still offers the refusal, or shows profiling as accepted")
		}
		v.browse(http.MethodPost, page+"/device", p.form()).want(http.StatusOK)

		// Accepted again: one row, and new data may be stored; what was erased does not return.
		rows = len(v.ledger(customer))
		v.browse(http.MethodPost, page+"/allow", url.Values{}).want(http.StatusConflict)
		v.browse(http.MethodPost, page+"/allow", p.form(), header("Sec-Fetch-Site", "cross-site")).
			want(http.StatusForbidden)
		for range 2 {
			v.browse(http.MethodPost, page+"/allow", p.form()).want(http.StatusSeeOther)
		}
		if ledger = v.ledger(customer)[rows:]; len(ledger) != 1 || ledger[0].Policy != "ppd" || !ledger[0].Accepted ||
			ledger[0].Channel != onboarding.ChannelPortal {
			t.Errorf("the ledger after the acceptance: %+v", ledger)
		}
		if c := signedUp.stored(); c.Minimised() || c.FirstName != "" || c.Email != "" || c.Profiled() {
			t.Errorf("stored after the acceptance: %+v", c)
		}
		if again := v.browse(http.MethodGet, page, nil).want(http.StatusOK); again.link(page+"/ppd") == "" ||
			strings.Contains(again.raw, page+"/allow") {
			t.Error("the page does not offer the refusal again")
		}
		v.put("/v3/customers/"+customer, v.manager, map[string]any{"firstName": "Ada"}).want(http.StatusOK)
		if c := signedUp.stored(); c.FirstName != "Ada" {
			t.Errorf("an update after the acceptance is not stored: %+v", c)
		}
	})
}

// TestSelfServiceLimit repeats acts by one link until the limit of the customer, which leaves the
// deletion and other customers alone.
func TestSelfServiceLimit(t *testing.T) {
	limits, err := access.ParseLimits([]string{"self-service=6+6/d"})
	if err != nil {
		t.Fatal(err)
	}
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := newVenueWith(t, deployment.Config{Store: db, Limits: limits}, nil)
		page, customer := v.self()
		other, _ := v.self()
		for _, act := range []string{"data", "device", "choices", "device", "data", "renew"} {
			v.browse(http.MethodPost, page+"/"+act, v.ticket(page))
		}
		before, err := db.LinksOf(t.Context(), customer)
		if err != nil {
			t.Fatal(err)
		}
		form := v.ticket(page)
		for _, act := range []string{"data", "device", "choices", "renew", "lost", "withdraw?policy=privacy", "ppd"} {
			p := v.browse(http.MethodPost, page+"/"+act, form).want(http.StatusTooManyRequests)
			if p.header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", act)
			}
		}
		if after, err := db.LinksOf(t.Context(), customer); err != nil || len(after) != len(before) {
			t.Errorf("%d links after %d, %v", len(after), len(before), err)
		}
		v.browse(http.MethodPost, other+"/data", v.ticket(other)).want(http.StatusOK)
		v.clock.advance(5 * time.Hour)
		v.browse(http.MethodPost, page+"/data", v.ticket(page)).want(http.StatusOK)
		v.browse(http.MethodPost, page+"/data", v.ticket(page)).want(http.StatusTooManyRequests)
		v.browse(http.MethodPost, page+"/delete", v.ticket(page)).want(http.StatusOK).says("Your data are deleted")
	})
}

// TestSelfServiceLost replaces the password: all links end, and a form that is sent twice, even at
// once, leads to one link.
func TestSelfServiceLost(t *testing.T) {
	v := newVenue(t)
	page, customer := v.self()
	other, _ := v.link(10)
	before, err := v.store.Credential(t.Context(), customer)
	if err != nil {
		t.Fatal(err)
	}
	form := v.browse(http.MethodGet, page+"/lost", nil).want(http.StatusOK).says("All your devices lose").form()
	targets := make([]string, 6)
	var group sync.WaitGroup
	for i := range targets {
		group.Go(func() {
			targets[i] = v.browse(http.MethodPost, page+"/lost", form).want(http.StatusSeeOther).header.Get("Location")
		})
	}
	group.Wait()
	if len(slices.Compact(targets)) != 1 {
		t.Errorf("the same form led to %v", targets)
	}
	after, err := v.store.Credential(t.Context(), customer)
	if err != nil || !after.Created.After(before.Created) {
		t.Errorf("not rotated: %v, %v", after, err)
	}
	v.browse(http.MethodGet, targets[0], nil).want(http.StatusOK)
	v.browse(http.MethodGet, page, nil).want(http.StatusGone).says("This page has ended").saysNot("Ada")
	v.browse(http.MethodPost, page+"/data", form).want(http.StatusGone)
	v.browse(http.MethodGet, "/activate/"+other, nil).want(http.StatusOK) // of another customer
}

// TestSelfServiceDelete deletes the customer after a confirmation; the same form again is answered
// in the same way, and the link has ended.
func TestSelfServiceDelete(t *testing.T) {
	v := newVenue(t)
	page, customer := v.self()
	form := v.browse(http.MethodGet, page+"/delete", nil).want(http.StatusOK).says("cannot be undone").form()
	if !v.exists(customer) {
		t.Fatal("the confirmation alone deleted")
	}
	for range 2 {
		v.browse(http.MethodPost, page+"/delete", form).want(http.StatusOK).says("Your data are deleted")
	}
	if v.exists(customer) {
		t.Error("not deleted")
	}
	v.browse(http.MethodGet, page, nil).want(http.StatusGone).says("This page has ended")
	v.browse(http.MethodGet, page+"/delete", nil).want(http.StatusGone)
}

// TestSelfServiceAttacks sends forged, foreign, expired and cross-site requests.
func TestSelfServiceAttacks(t *testing.T) {
	v := newVenue(t)
	page, customer := v.self()
	victim, other := v.self()
	form, foreign := v.ticket(page), v.ticket(victim)
	for i := range page[len("/me/"):] {
		at := len("/me/") + i
		swapped := byte('A')
		if page[at] == swapped {
			swapped = 'B'
		}
		if i%7 == 0 && v.browse(http.MethodGet, page[:at]+string(swapped)+page[at+1:], nil).status == http.StatusOK {
			t.Errorf("changed at %d the token is still valid", i)
		}
	}
	for _, act := range []string{
		"choices", "device", "data", "renew", "lost", "delete", "withdraw?policy=privacy", "ppd",
	} {
		v.browse(http.MethodPost, page+"/"+act, form, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
		v.browse(http.MethodPost, page+"/"+act, foreign).want(http.StatusConflict) // of the other customer's page
		v.browse(http.MethodPost, page+"/"+act, url.Values{}).want(http.StatusConflict)
	}
	v.browse(http.MethodPost, page+"/other", form).want(http.StatusNotFound)
	v.browse(http.MethodGet, page+"/data", nil).want(http.StatusNotFound)
	if !v.exists(customer) || !v.exists(other) {
		t.Error("deleted")
	}
	v.post("/v3/customers/"+customer+"/lock", v.manager, nil).want(http.StatusOK)
	v.browse(http.MethodGet, page, nil).want(http.StatusOK).says("suspended").saysNot(page+"/device", page+"/lost")
	for _, act := range []string{"device", "renew", "lost"} {
		v.browse(http.MethodPost, page+"/"+act, form).want(http.StatusConflict)
	}
	v.clock.advance(links.SelfLifetime)
	v.browse(http.MethodGet, page, nil).want(http.StatusGone)
	v.browse(http.MethodPost, page+"/delete", form).want(http.StatusGone)
	v.browse(http.MethodPost, "/activate/nobody/me", url.Values{}).want(http.StatusNotFound)
	if !v.exists(customer) {
		t.Error("deleted by an expired link")
	}
}

// TestSelfServiceRenew renews an access in its last tenth, with one tap, on both engines.
func TestSelfServiceRenew(t *testing.T) {
	testkit.EachStore(t, func(t *testing.T, db onboarding.Store) {
		v := newVenueOn(t, db, func(o *onboarding.Organization) { o.WiFi.ProfileLifetime = 10 * 24 * time.Hour })
		_, customer := v.link(10)
		v.clock.advance(10*24*time.Hour - 30*time.Minute)
		manager := v.token(demoID, auth.OrganizationManager)
		token := v.post("/v2/customers/"+customer+"/token", manager, map[string]any{}).
			want(http.StatusOK).text("token")
		page := v.browse(http.MethodPost, "/activate/"+token+"/me", url.Values{}).want(http.StatusSeeOther).
			header.Get("Location")
		before, err := v.store.Credential(t.Context(), customer)
		if err != nil {
			t.Fatal(err)
		}
		form := v.ticket(page)
		var last string
		for range 2 {
			p := v.browse(http.MethodPost, page+"/renew", form).want(http.StatusSeeOther)
			last = p.header.Get("Location")
		}
		after, err := v.store.Credential(t.Context(), customer)
		if err != nil || !after.Expires.After(before.Expires) || !after.Created.Equal(before.Created) {
			t.Errorf("from %v to %v, %v", before.Expires, after, err)
		}
		v.browse(http.MethodGet, last, nil).want(http.StatusOK)
	})
}
