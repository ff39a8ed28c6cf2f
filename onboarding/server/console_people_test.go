package server

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
)

// TestConsolePeople: the search by name, e-mail, phone and user name; filters; pages; a wrong
// search.
func TestConsolePeople(t *testing.T) {
	v := newVenue(t)
	for i := range 60 {
		v.post("/v3/customers", v.manager, with(person(fmt.Sprintf("guest%02d", i)), map[string]any{
			"lastName": "Ospite",
		})).want(http.StatusCreated)
		v.clock.advance(time.Second)
	}
	id := v.post("/v3/customers", v.manager, with(person("Zoë"), map[string]any{
		"lastName": `<script>alert("x")</script>`, "phoneNumber": "+39 347 1234567", "username": "zoe-name",
		"email": "zoe@example.org", "emailVerified": true,
	})).want(http.StatusCreated).text("id")
	o := signedIn(v, demoID)
	people := consoleOf(demoID) + "/people"
	for _, q := range []string{"zoe", "ZOË", "zoe%40example", "347+1234567", "%2B39347", "zoe-na", "zo+zoe@e"} {
		p := o.open(people + "?q=" + q).want(http.StatusOK)
		if p.says("1 people"); !strings.Contains(p.raw, "/people/"+id) {
			t.Errorf("q=%s: %s", q, p.text())
		}
	}
	o.open(people + "?q=nobody").want(http.StatusOK).says("Nobody matches")
	o.open(people + "?verified=yes").want(http.StatusOK).says("1 people")
	o.open(people + "?verified=no").want(http.StatusOK).says("60 people")
	o.open(people + "?location=" + demoLocation).want(http.StatusOK).says("61 people")
	o.open(people + "?q=" + strings.Repeat("a", 300)).want(http.StatusConflict).says("Search")

	// All pages, each person once.
	seen := map[string]bool{}
	page, pages := people, 0
	for page != "" {
		p := o.open(page).want(http.StatusOK)
		pages++
		page = ""
		for _, n := range p.all("a") {
			href := attribute(n, "href")
			if person, ok := strings.CutPrefix(href, people+"/"); ok {
				if seen[person] {
					t.Errorf("%s comes twice", person)
				}
				seen[person] = true
			}
			if attribute(n, "rel") == "next" {
				page = href
			}
		}
	}
	if len(seen) != 61 || pages != 2 {
		t.Errorf("%d people on %d pages", len(seen), pages)
	}
	o.open(people + "?sid=nonsense").want(http.StatusOK).says("has expired")
}

// TestConsoleCSV: all matches as a file that a spreadsheet cannot run.
func TestConsoleCSV(t *testing.T) {
	v := newVenue(t)
	const evil = `=cmd|' /C calc'!A0`
	v.post("/v3/customers", v.manager, with(person("anna"), map[string]any{
		"firstName": evil, "lastName": "@SUM(1)", "phoneNumber": "+393471234567",
	})).want(http.StatusCreated)
	for i := range 1200 { // more than one portion
		v.post("/v3/customers", v.manager, with(person(fmt.Sprint("guest", i)), map[string]any{"email": nil})).want(
			http.StatusCreated)
	}
	o := signedIn(v, demoID)
	p := o.open(consoleOf(demoID) + "/people.csv").want(http.StatusOK)
	text, found := strings.CutPrefix(p.raw, "\ufeff")
	if !found || p.header.Get("Cache-Control") != "no-store" ||
		!strings.HasPrefix(p.header.Get("Content-Disposition"), "attachment;") {
		t.Errorf("%q %v", p.raw[:10], p.header)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 1202 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	found = false
	for _, row := range rows {
		found = found || row[1] == "'"+evil && row[2] == "'@SUM(1)" && row[5] == "'+393471234567"
	}
	if !found || strings.Contains(text, ","+evil) {
		t.Error("a cell is not neutralised")
	}
	only := o.open(consoleOf(demoID) + "/people.csv?q=anna").want(http.StatusOK).raw
	if strings.Count(only, "\n") != 2 {
		t.Errorf("%q", only)
	}
}

// TestConsolePerson: the page of a person, and each act.
func TestConsolePerson(t *testing.T) {
	v := newVenue(t)
	id := v.post("/v3/customers", v.manager, with(person("anna"), map[string]any{
		"firstName": `<img src=x onerror=alert(1)>`, "lastName": "&amp;\u202egnp.exe",
	})).want(http.StatusCreated).text("id")
	o := signedIn(v, demoID)
	page := consoleOf(demoID) + "/people/" + id
	p := o.open(page).want(http.StatusOK).says("Never connected", "Via Roma", "anna@example.com", "Terms of use")
	if len(p.all("img")) != 0 {
		t.Error("the person's name is markup")
	}
	form := o.formOf(page, page+"/lock")
	link := o.send(page+"/link", form).want(http.StatusOK)
	if !strings.Contains(link.raw, v.api.URL+"/activate/") || !strings.Contains(link.raw, "data:image/png") {
		t.Errorf("no link: %s", link.text())
	}
	o.send(page+"/lock", form).want(http.StatusSeeOther)
	o.open(page+"?done=locked").want(http.StatusOK).says("Locked", "The person is locked")
	o.send(page+"/unlock", form).want(http.StatusSeeOther)
	o.open(page + "?done=%3Cb%3E").want(http.StatusOK)

	o.open(page + "/lost").want(http.StatusOK).says("lose access at once")
	o.open(page + "/lock").want(http.StatusNotFound)
	lost := o.send(page+"/lost", form).want(http.StatusOK)
	if !strings.Contains(lost.raw, "/activate/") || strings.Contains(lost.raw, "rotat") {
		t.Errorf("no link: %s", lost.text())
	}
	data := o.send(page+"/data", form).want(http.StatusOK)
	var exported map[string]any
	if err := json.Unmarshal([]byte(data.raw), &exported); err != nil || exported["contact"] == nil {
		t.Errorf("%v: %s", err, data.raw)
	}
	o.open(page + "/delete").want(http.StatusOK).says("cannot be undone")
	v.get("/v2/customers/"+id, v.manager).want(http.StatusOK) // a confirmation changes nothing
	if got := o.send(page+"/delete", form).want(http.StatusSeeOther).header.Get("Location"); got !=
		consoleOf(demoID)+"/people?done=deleted" {
		t.Errorf("the deletion leads to %s", got)
	}
	o.open(page).want(http.StatusNotFound)
	v.get("/v2/customers/"+id, v.manager).want(http.StatusNotFound)
	if strings.Contains(v.log.String(), "anna@example.com") {
		t.Error("the log has the e-mail address")
	}
}

// TestConsoleRefusals: a cause with its number, place, step and people.
func TestConsoleRefusals(t *testing.T) {
	v := newVenue(t, withAccessPoint)
	o := signedIn(v, demoID)
	page := consoleOf(demoID) + "/refusals"
	o.open(page).want(http.StatusOK).says("Nobody was refused")
	id := v.enrol("anna")
	v.rejected(id, "front-door", 3)
	p := o.open(page).want(http.StatusOK).says("sends a wrong password", "Front door", "Via Roma", "Make a new link",
		"anna")
	if !strings.Contains(p.raw, "<b>3</b>") || !strings.Contains(p.raw, "3 refusals over the period") {
		t.Errorf("the number: %s", p.text())
	}
	v.clock.advance(49 * time.Hour)
	o = signedIn(v, demoID)
	o.open(page).want(http.StatusOK).says("Nobody was refused")
	o.open(page + "?days=7").want(http.StatusOK).says("sends a wrong password")
	o.open(page + "?days=99999").want(http.StatusOK).says("Nobody was refused")
	other := signedIn(v, rivalID)
	other.open(consoleOf(rivalID) + "/refusals?days=30").want(http.StatusOK).says("Nobody was refused")
}

// TestConsoleAccessPoints: states; an unknown one is adopted once, by one of two operators.
func TestConsoleAccessPoints(t *testing.T) {
	v := newVenue(t, withAccessPoint)
	o, second, one := signedIn(v, ""), signedIn(v, ""), signedIn(v, demoID)
	page := consoleOf(demoID) + "/access-points"
	o.open(page).want(http.StatusOK).says("Silent")
	id := v.enrol("anna")
	v.rejected(id, "front-door", 1)
	o.open(page).want(http.StatusOK).says("Refuses all")
	v.clock.advance(time.Minute)
	v.accepted(id, "front-door")
	o.open(page).want(http.StatusOK).says("Works")
	v.rejected(id, "lobby-2", 1)
	v.rejected(id, "lobby-3", 1)
	if strings.Contains(one.open(page).raw, "lobby-2") {
		t.Error("an access point of nobody is shown to one of two organizations")
	}
	form := o.formOf(page, page)
	stale := second.formOf(page, page)
	bad := o.formOf(page, page)
	bad.Set("location", nobodyID)
	o.send(page, bad).want(http.StatusConflict).says("location")
	form.Set("location", demoLocation)
	form.Set("name", "Lobby")
	o.send(page, form).want(http.StatusSeeOther)
	o.open(page).want(http.StatusOK).says("Lobby")
	// The same form again, and another of the same version: nothing is lost or declared twice.
	o.send(page, form)
	stale.Set("location", demoLocation)
	for _, key := range []string{"nas lobby-2", "nas lobby-3"} {
		stale.Set("key", key)
		if p := second.send(page, stale); p.status == http.StatusSeeOther {
			t.Errorf("%s: adopted by a form of an earlier version", key)
		}
	}
	hotspots := v.get("/v3/hotspots/organizations/"+demoID, v.manager).want(http.StatusOK)
	if n := hotspots.json["count"]; n != 2.0 {
		t.Errorf("%v hotspots: %s", n, hotspots.raw)
	}
}

// TestConsoleAuditPage: the acts of an operator, the latest first, in pages.
func TestConsoleAuditPage(t *testing.T) {
	v := newVenue(t)
	o := signedIn(v, demoID)
	for range 70 {
		id := v.enrol(fmt.Sprint("guest", v.clock.now().UnixNano()))
		v.clock.advance(time.Second)
		o.open(consoleOf(demoID) + "/people/" + id).want(http.StatusOK)
	}
	if err := v.service.AuditLog.Chain(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, rows, pages := consoleOf(demoID)+"/audit", 0, 0
	for page != "" {
		p := o.open(page).want(http.StatusOK).says("contact.")
		pages++
		rows += len(p.all("tr")) - 1
		page = ""
		for _, n := range p.all("a") {
			if attribute(n, "rel") == "next" {
				page = attribute(n, "href")
			}
		}
	}
	head, err := v.store.AuditHead(t.Context(), demoID)
	if err != nil || int64(rows) != head.Sequence || pages < 3 {
		t.Errorf("%d rows on %d pages of %+v, %v", rows, pages, head, err)
	}
	o.open(consoleOf(demoID)+"/audit").says("this session", string(onboarding.AuditContactRead))
}
