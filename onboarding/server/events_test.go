package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/auth"
)

// login records an accepted login at the front door.
func (h *radiusHouse) login(username string) {
	h.Helper()
	h.ask("/aaa/post-auth", `{"User-Name":"`+username+`","Onramp-Outcome":"accept","Onramp-Hotspot":"`+demoHotspot+
		`"}`).want(http.StatusNoContent)
}

// stay records a connection at the front door; without a length it is open.
func (h *radiusHouse) stay(username, unique string, from time.Time, length time.Duration) {
	h.Helper()
	name := h.issued(username)
	tell := func(status string, at time.Time, seconds int) {
		h.Helper()
		h.ask("/aaa/accounting", accountingJSON("Acct-Status-Type", `"`+status+`"`, "Acct-Unique-Session-Id",
			`"`+unique+`"`, "User-Name", `"`+name+`"`,
			"Onramp-Received", fmt.Sprint(at.Unix()), "Onramp-Hotspot", `"`+demoHotspot+`"`, "Acct-Session-Time",
			fmt.Sprint(seconds), "Event-Timestamp", fmt.Sprint(at.Unix()))).want(http.StatusNoContent)
	}
	tell("Start", from, 0)
	if length > 0 {
		tell("Stop", from.Add(length), int(length/time.Second))
	}
}

// moveTo sets the clock and brings tokens of that time.
func (h *house) moveTo(text string) time.Time {
	h.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		h.Fatal(err)
	}
	h.clock.at.Store(at.UnixMicro())
	h.manager, h.rival = h.token(demoID, auth.OrganizationManager), h.token(rivalID, auth.OrganizationManager)
	h.app = h.token(demoID, auth.PublicApp)
	return at.UTC()
}

func TestContactEvents(t *testing.T) {
	h := newRadiusHouse(t)
	now := h.moveTo("2026-10-25T00:59:59Z") // a second before Rome's clock goes from 03:00 back to 02:00
	id := h.customer("anna", "secret")
	path := "/v2/customers/" + id + "/events"
	h.get(path, h.manager).want(http.StatusOK).is(map[string]any{"generated": true, "count": 0.0, "events": []any{}})
	h.login("anna")
	h.clock.advance(time.Second)
	h.login("anna")
	h.clock.advance(3 * time.Hour)
	h.stay("anna", "u1", now.Add(2*time.Second), 90*time.Minute)
	h.stay("anna", "u2", now.Add(3*time.Hour), 0)
	h.stay("anna", "u3", now.Add(-240*24*time.Hour), time.Hour)

	place := map[string]any{"locationId": demoLocation, "locationName": "Via Roma", "hotspotId": demoHotspot}
	event := func(kind, utc, local string, stop, duration any) map[string]any {
		var detail, start any
		if kind != "login" {
			start = utc
		}
		if kind == "login" {
			detail = map[string]any{"outcome": "accepted"}
		}
		return map[string]any{
			"type": kind, "id": anything, "customerId": id, "where": place, "duration": duration, "detail": detail,
			"start": start, "stop": stop, "station": nil,
			"when": map[string]any{"createdAt": utc, "createdAtLocal": local, "timezone": "Europe/Rome"},
		}
	}
	got := h.get(path, h.manager).want(http.StatusOK)
	ids := map[any]bool{}
	for _, e := range got.json["events"].([]any) {
		ids[e.(map[string]any)["id"]] = true
		e.(map[string]any)["id"] = anything
	}
	if len(ids) != 7 {
		t.Errorf("%d different IDs", len(ids))
	}
	// The visit of the second connection is the first one's: it began less than two hours later,
	// and is not over.
	got.is(map[string]any{"generated": true, "count": 7.0, "events": []any{
		event("connection", "2026-10-25T03:59:59Z", "2026-10-25T04:59:59+01:00", nil, nil),
		event("connection", "2026-10-25T01:00:01Z", "2026-10-25T02:00:01+01:00", "2026-10-25T02:30:01Z", 5400.0),
		event("visit", "2026-10-25T01:00:01Z", "2026-10-25T02:00:01+01:00", nil, nil),
		event("login", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00+01:00", nil, nil),
		event("login", "2026-10-25T00:59:59Z", "2026-10-25T02:59:59+02:00", nil, nil),
		event("connection", "2026-02-27T00:59:59Z", "2026-02-27T01:59:59+01:00", "2026-02-27T01:59:59Z", 3600.0),
		event("visit", "2026-02-27T00:59:59Z", "2026-02-27T01:59:59+01:00", "2026-02-27T01:59:59Z", 3600.0),
	}})
	h.clock.advance(10 * time.Second)
	h.stay("anna", "u2", now.Add(3*time.Hour), 10*time.Second)
	first := h.get(path+"?size=3", h.manager).want(http.StatusOK).json["events"].([]any)[2].(map[string]any)
	if first["type"] != "visit" || first["duration"] != 3*3600+8.0 {
		t.Errorf("the visit that is over: %v", first)
	}
	h.get(path, h.app).blames(http.StatusForbidden, "")
	h.get(path, h.rival).blames(http.StatusNotFound, "")
	h.get("/v2/customers/"+nobodyID+"/events", h.manager).blames(http.StatusNotFound, "")
	h.get(path, h.token(demoID, auth.OrganizationManager, auth.EventsRead)).blames(http.StatusForbidden, "")
	h.get(path, h.token(demoID, auth.OrganizationManager, auth.CustomerRead)).want(http.StatusOK)

	h.put("/v3/customers/"+id, h.manager, map[string]any{"profiling": false}).want(http.StatusOK)
	h.get(path, h.manager).want(http.StatusOK).is(map[string]any{"generated": true, "count": 0.0, "events": []any{}})
}

// TestEventsAcrossSummerTime: the night in March in which an hour is missing.
func TestEventsAcrossSummerTime(t *testing.T) {
	h := newRadiusHouse(t)
	h.moveTo("2026-03-29T00:59:59Z")
	h.customer("anna", "secret")
	h.login("anna")
	h.clock.advance(time.Second)
	h.login("anna")
	got := h.get("/v1/organizations/"+demoID+"/events?events=login",
		h.manager).want(http.StatusOK).json["events"].([]any)
	var local []string
	for _, e := range got {
		local = append(local, e.(map[string]any)["when"].(map[string]any)["createdAtLocal"].(string))
	}
	if want := []string{"2026-03-29T03:00:00+02:00", "2026-03-29T01:59:59+01:00"}; !slices.Equal(local, want) {
		t.Errorf("local times %v, want %v", local, want)
	}
}

// eventTypes lists the types on a page.
func (a *answer) eventTypes() (types []string) {
	a.t.Helper()
	for _, e := range a.want(http.StatusOK).json["events"].([]any) {
		types = append(types, e.(map[string]any)["type"].(string))
	}
	return types
}

func TestOrganizationEvents(t *testing.T) {
	h := newRadiusHouse(t)
	start := h.moveTo("2026-10-25T00:10:00Z")
	path := "/v1/organizations/" + demoID + "/events"
	id := h.customer("anna", "secret")
	h.clock.advance(30 * time.Minute) // 02:40 in Rome, for the first time
	h.login("anna")
	h.clock.advance(40 * time.Minute) // 02:20 in Rome, for the second time
	h.put("/v3/customers/"+id, h.manager, map[string]any{"policies": map[string]any{"mktgCommunications": true}}).want(
		http.StatusOK)
	h.stay("anna", "u1", start.Add(time.Hour), time.Minute) // 02:10
	h.post("/v3/customers/"+id+"/lock", h.manager, nil).want(http.StatusOK)
	h.post("/v3/customers", h.rival, with(person("bert"),
		map[string]any{"organizationId": rivalID})).want(http.StatusCreated)

	events := func(query string) string {
		t.Helper()
		return strings.Join(h.get(path+query, h.manager).eventTypes(), " ")
	}
	when := func(after time.Duration) string { return url.QueryEscape(start.Add(after).Format(time.RFC3339)) }
	for _, c := range []struct{ query, want string }{
		{"", "credential consent connection visit login signup"},
		{"?unknown=1", "credential consent connection visit login signup"},
		{"?sortBy=utcTime", "credential consent connection visit login signup"},
		{"?sortBy=businessTime", "login credential consent connection visit signup"},
		{"?sortBy=businessTime&sortReverse=false", "login credential consent connection visit signup"},
		{"?sortBy=businessTime&sortReverse=true", "signup visit connection consent credential login"},
		{"?sortReverse=true", "signup login visit connection consent credential"},
		{"?events=connection", "connection"},
		{"?events=visit,login", "visit login"},
		{"?events=visit&events=login,visit", "visit login"},
		{"?events=install", ""},
		{"?dateStart=" + when(time.Hour), "credential consent connection visit"},
		{"?dateEnd=" + when(time.Hour), "connection visit login signup"},
		{"?dateStart=" + when(30*time.Minute) + "&dateEnd=" + when(time.Hour), "connection visit login"},
		{"?dateStart=2026-10-25T03:10:00+02:00", "credential consent connection visit"}, // the + comes as a space
		{"?dateStart=2026-10-25T02:10:00%2B01:00&sortBy=businessTime", "credential consent connection visit"},
		{"?dateStart=2030-01-01T00:00:00Z", ""},
		{"?size=2", "credential consent"},
		{"?size=2&enableScroll=false", "credential consent"},
	} {
		if got := events(c.query); got != c.want {
			t.Errorf("%s: %s, want %s", c.query, got, c.want)
		}
		if a := h.get(path+c.query, h.manager); a.json["scrollId"] != nil {
			t.Errorf("%s: a scroll that nobody asked for", c.query)
		}
	}
	signup := h.get(path+"?events=signup", h.manager).json["events"].([]any)[0].(map[string]any)
	if signup["customerId"] != id || signup["duration"] != nil ||
		signup["where"].(map[string]any)["locationName"] != "Via Roma" {
		t.Errorf("signup: %v", signup)
	}

	for _, c := range []struct{ query, field string }{
		{"size=0", "size"}, {"size=-1", "size"}, {"size=10001", "size"}, {"size=ten", "size"},
		{"size=1&size=2", "size"},
		{"events=visits", "events"}, {"events=visit,LOGIN", "events"}, {"events=%00", "events"},
		{"events=" + strings.Repeat("x", 10000), "events"},
		{"sortBy=createdAt", "sortBy"}, {"sortBy=BusinessTime", "sortBy"}, {"sortReverse=1", "sortReverse"},
		{"sortReverse=yes", "sortReverse"},
		{"enableScroll=on", "enableScroll"}, {"dateStart=2026-10-25", "dateStart"},
		{"dateStart=2026-10-25T00:10:00", "dateStart"}, {"dateEnd=now", "dateEnd"},
		{"dateEnd=2026-13-25T00:10:00Z", "dateEnd"},
		{"dateEnd=2026-10-25T00:10:00Z&dateEnd=2026-10-26T00:10:00Z", "dateEnd"},
		{"dateStart=0001-01-01T00:00:00Z", "dateStart"},
		{"dateStart=%ff", "dateStart"},
	} {
		h.get(path+"?"+c.query, h.manager).blames(http.StatusConflict, c.field)
	}
	for _, scroll := range []string{"x", "AAAA", strings.Repeat("A", 20000), "%00", "null"} {
		a := h.get(path+"?scrollId="+scroll, h.manager)
		if a.status != http.StatusNotFound && !(scroll == "%00" && a.status == http.StatusConflict) {
			t.Errorf("scrollId=%.20s: %d", scroll, a.status)
		}
	}
	h.get(path, h.app).blames(http.StatusForbidden, "")
	h.get(path, h.rival).blames(http.StatusNotFound, "")
	h.get("/v1/organizations/"+nobodyID+"/events", h.manager).blames(http.StatusNotFound, "")
	h.get(path, h.token(demoID, auth.OrganizationManager, auth.CustomerRead)).blames(http.StatusForbidden, "")
	h.get(path, h.token(demoID, auth.OrganizationManager, auth.EventsRead)).want(http.StatusOK)
	h.get(path, h.token(demoID, auth.OrganizationManager, auth.OrganizationRead)).want(http.StatusOK)
}

// TestEventScrolls scrolls while others write, in every order, and shows a scroll to whom it does
// not belong.
func TestEventScrolls(t *testing.T) {
	h := newRadiusHouse(t)
	anna, bert := h.customer("anna", "secret"), h.customer("bert", "secret")
	for i := range 12 {
		h.login("anna")
		h.login("bert")
		h.stay("anna", fmt.Sprint("u", i), h.clock.now().Add(-time.Duration(i)*24*time.Hour), time.Hour)
		if i%3 == 0 {
			h.clock.advance(time.Second)
		}
	}
	organization := "/v1/organizations/" + demoID + "/events"
	whole := func(path, query string) (ids []any) {
		t.Helper()
		for _, e := range h.get(path+"?size=10000&"+query, h.manager).want(http.StatusOK).json["events"].([]any) {
			ids = append(ids, e.(map[string]any)["id"])
		}
		return ids
	}
	contact := "/v2/customers/" + anna + "/events"
	scroll := func(path, query, parameter, member string) (first string) {
		t.Helper()
		want := whole(path, query)
		var got []any
		next := path + "?size=5&" + query
		for {
			a := h.get(next, h.manager).want(http.StatusOK)
			for _, e := range a.json["events"].([]any) {
				got = append(got, e.(map[string]any)["id"])
			}
			h.login("bert") // later than where an ascending scroll begins, but newer than a descending one has
			id, more := a.json[member].(string)
			if !more || len(got) > 200 {
				break
			}
			if first == "" {
				first = id
				h.get(path+"?"+parameter+"="+id, h.manager).want(http.StatusOK) // an answer may be lost
			}
			next = path + "?" + parameter + "=" + id
		}
		if strings.Contains(query, "sortReverse=true") && len(got) >= len(want) {
			got = got[:len(want)] // the new ones come at the end
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s?%s: scrolled %d events, not the %d that there are", path, query, len(got), len(want))
		}
		return first
	}
	contactScroll := scroll(contact, "", "sid", "sId")
	plain := scroll(organization, "enableScroll=true", "scrollId", "scrollId")
	scroll(organization, "enableScroll=true&sortBy=businessTime", "scrollId", "scrollId")
	scroll(organization, "enableScroll=true&sortBy=businessTime&sortReverse=true", "scrollId", "scrollId")
	scroll(organization, "enableScroll=true&events=visit", "scrollId", "scrollId")
	scroll(organization, "enableScroll=true&events=login,signup", "scrollId", "scrollId")

	ask := func(path string) *answer { t.Helper(); return h.get(path, h.manager) }
	ask(organization + "?enableScroll=true&size=5&scrollId=" + plain).want(http.StatusOK)
	for _, c := range []struct{ query, field string }{
		{"size=6", "size"}, {"events=visit", "events"}, {"sortBy=businessTime", "sortBy"},
		{"sortReverse=true", "sortReverse"},
		{"dateStart=2026-01-01T00:00:00Z", "dateStart"}, {"dateEnd=2026-01-01T00:00:00Z", "dateEnd"},
		{"enableScroll=false", "enableScroll"},
	} {
		ask(organization+"?"+c.query+"&scrollId="+plain).blames(http.StatusConflict, c.field)
	}
	ask(contact+"?size=6&sid="+contactScroll).blames(http.StatusConflict, "size")
	flipped := []byte(plain)
	flipped[len(flipped)/2] ^= 1
	for what, a := range map[string]*answer{
		"a flipped bit":              ask(organization + "?scrollId=" + string(flipped)),
		"cut":                        ask(organization + "?scrollId=" + plain[:len(plain)-2]),
		"a contact's":                ask(organization + "?scrollId=" + contactScroll),
		"an organization's":          ask(contact + "?sid=" + plain),
		"another contact's":          ask("/v2/customers/" + bert + "/events?sid=" + contactScroll),
		"another organization's":     h.get("/v1/organizations/"+rivalID+"/events?scrollId="+plain, h.rival),
		"another's, on one's own ID": h.get("/v1/organizations/"+rivalID+"/events?scrollId="+contactScroll, h.rival),
	} {
		if a.status != http.StatusNotFound {
			t.Errorf("%s: %d", what, a.status)
		}
	}
	h.clock.advance(2 * time.Minute)
	ask(organization + "?scrollId=" + plain).want(http.StatusOK)
	h.clock.advance(time.Second)
	ask(organization+"?scrollId="+plain).blames(http.StatusNotFound, "")
	ask(contact+"?sid="+contactScroll).blames(http.StatusNotFound, "")
}
