package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// local returns a locationManager's token for a location of the demo organization.
func (h *house) local(location string) string {
	h.Helper()
	return h.tokenAt(demoID, location, auth.LocationManager)
}

// ids returns the values of a member of the objects in a list of an answer.
func ids(a *answer, list, member string) []string {
	var all []string
	for _, one := range a.json[list].([]any) {
		if id, _ := one.(map[string]any)[member].(string); id != "" {
			all = append(all, id)
		}
	}
	return all
}

// TestLocationManagerLists: searches, events and refusals show the people of the location only, and
// a scroll of another key does not open.
func TestLocationManagerLists(t *testing.T) {
	h := newOffice(t)
	var here, there []string
	for i := range 3 {
		name := func(place string) map[string]any {
			return map[string]any{
				"firstName": "Anna", "email": fmt.Sprintf("%s%d@example.com", place, i), "locationId": annexID,
			}
		}
		there = append(there, h.enrol(name("there")))
		mine := name("here")
		mine["locationId"] = demoLocation
		here = append(here, h.enrol(mine))
	}
	local, annex := h.local(demoLocation), h.local(annexID)
	find := func(token string, pairs ...string) *answer {
		q := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			q.Add(pairs[i], pairs[i+1])
		}
		return h.get(searchPath+"?"+q.Encode(), token).want(http.StatusOK)
	}
	for _, c := range []struct {
		token string
		asked []string
		want  []string
	}{
		{local, nil, here},
		{annex, nil, there},
		{local, []string{"q", "anna"}, here},
		{local, []string{"q", "there"}, nil},
		{local, []string{"email", "there1@example.com"}, nil},
		{local, []string{"email", "here1@example.com"}, here[1:2]},
		{local, []string{"locationCids", annexID}, nil},
		{local, []string{"locationCids", annexID + "," + demoLocation}, here},
		{h.tokenAt(demoID, "", auth.Support), []string{"q", "anna"}, append(slices.Clone(here), there...)},
	} {
		a := find(c.token, c.asked...)
		got := ids(a, "customers", "cid")
		slices.Sort(got)
		want := slices.Clone(c.want)
		slices.Sort(want)
		if !slices.Equal(got, want) || a.json["totalCount"] != float64(len(want)) {
			t.Errorf("%v: got %v, want %v: %v", c.asked, got, want, a.json["totalCount"])
		}
	}
	begin := find(local, "size", "2")
	sid := begin.text("sId")
	if rest := ids(find(local, "sid", sid), "customers", "cid"); len(rest) != 1 || !slices.Contains(here, rest[0]) {
		t.Errorf("the second page: %v", rest)
	}
	for _, other := range []string{annex, h.manager} {
		h.get(searchPath+"?sid="+url.QueryEscape(sid), other).want(http.StatusNotFound)
	}
	whole := find(h.manager, "size", "2").text("sId")
	h.get(searchPath+"?sid="+url.QueryEscape(whole), local).want(http.StatusNotFound)

	const events = "/v1/organizations/" + demoID + "/events"
	if got := len(ids(h.get(events, h.manager).want(http.StatusOK), "events", "type")); got < 6 {
		t.Errorf("the organization has %d events", got)
	}
	list := h.get(events, local).want(http.StatusOK).json["events"].([]any)
	if len(list) == 0 {
		t.Error("no events of the location's people")
	}
	for _, id := range there {
		if slices.Contains(customersIn(list), id) {
			t.Error("an event of another location's person")
		}
	}
	page := h.get(events+"?enableScroll=true&size=1", h.manager).want(http.StatusOK).text("scrollId")
	h.get(events+"?scrollId="+url.QueryEscape(page), local).want(http.StatusNotFound)
}

// customersIn returns all texts in a value.
func customersIn(v any) (all []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, one := range v {
			all = append(all, customersIn(one)...)
		}
	case map[string]any:
		for _, one := range v {
			all = append(all, customersIn(one)...)
		}
	}
	return all
}

// TestLocationManagerRefusals: refusals at the location, with examples of its people.
func TestLocationManagerRefusals(t *testing.T) {
	h := newOffice(t)
	here := h.enrol(map[string]any{"username": "here", "locationId": demoLocation})
	there := h.enrol(map[string]any{"username": "there", "locationId": annexID})
	for i, name := range []string{"here", "there"} {
		h.ask("/aaa/post-auth", fmt.Sprintf(`{"User-Name":%q,"Onramp-Outcome":"reject","Onramp-Hotspot":%q,`+
			`"Calling-Station-Id":"02-00-00-00-0A-0%d"}`, name, demoHotspot, i)).want(http.StatusNoContent)
	}
	const path = "/v2/organizations/" + demoID + "/refusals"
	if all := customersIn(h.get(path, h.manager).want(http.StatusOK).json); !slices.Contains(all, there) ||
		!slices.Contains(all, here) {
		t.Fatalf("the organization's examples: %v", all)
	}
	if own := customersIn(h.get(path, h.local(demoLocation)).want(http.StatusOK).json); slices.Contains(own, there) ||
		!slices.Contains(own, here) {
		t.Errorf("the location's examples: %v", own)
	}
	if a := h.get(path, h.local(annexID)).want(http.StatusOK); a.json["count"] != 0.0 {
		t.Errorf("the annex had no refusals: %s", a.raw)
	}
}

// TestLocationManagerWrites: new people belong to the location, nobody is moved out of it, and a
// person of another location is not found by an attribute.
func TestLocationManagerWrites(t *testing.T) {
	h := newOffice(t)
	local := h.local(annexID)
	accepted := map[string]any{"termsOfUse": true, "privacy": true}
	mine := h.post("/v3/customers", local, map[string]any{"policies": accepted}).want(http.StatusCreated)
	if mine.text("locationId") != annexID {
		t.Errorf("a new customer is at %s", mine.raw)
	}
	h.post("/v3/customers", local, map[string]any{"policies": accepted, "locationId": demoLocation}).
		blames(http.StatusConflict, "locationId")
	h.post("/v3/customers", local, map[string]any{"policies": accepted, "hotspotId": demoHotspot}).
		blames(http.StatusConflict, "hotspotId")
	h.put("/v3/customers/"+mine.text("id"), local, map[string]any{"locationId": demoLocation}).
		blames(http.StatusConflict, "locationId")
	other := h.enrol(map[string]any{
		"email": "anna@example.com", "emailVerified": true, "title": "Dr", "locationId": demoLocation,
	})
	again := h.post("/v3/customers?deduplicate=email", local, map[string]any{
		"email": "anna@example.com", "title": "Prof", "policies": accepted,
	}).want(http.StatusCreated)
	if again.text("id") == other {
		t.Error("another location's customer was found")
	}
	if got := h.get("/v2/customers/"+other, h.manager).json["customer"].(map[string]any)["title"]; got != "Dr" {
		t.Errorf("another location's customer was changed: %v", got)
	}
	once := h.post("/v3/customers?deduplicate=email", local, map[string]any{
		"email": "anna@example.com", "title": "Prof", "policies": accepted,
	}).want(http.StatusOK)
	if once.text("id") != again.text("id") {
		t.Error("the location's own customer was not found")
	}
	h.call(http.MethodDelete, "/v1/customers/"+other, h.manager, nil).want(http.StatusOK)
	h.call(http.MethodDelete, "/v1/customers/"+other, local, nil).want(http.StatusNotFound)
}

// TestLocationManagerService: the description of a key shows its location, and a key whose location
// is removed gets nothing.
func TestLocationManagerService(t *testing.T) {
	h := newOffice(t)
	local := h.local(annexID)
	describe := func() []any {
		a := h.get("/v1/sts/services/"+issuerOf(t, local), local).want(http.StatusOK)
		return a.json["domains"].(map[string]any)["service"].(map[string]any)["locations"].([]any)
	}
	if got := describe(); len(got) != 1 || got[0].(map[string]any)["id"] != annexID {
		t.Errorf("locations: %v", got)
	}
	h.get(searchPath, local).want(http.StatusOK)
	o, err := h.db.Organization(t.Context(), demoID)
	if err != nil {
		t.Fatal(err)
	}
	without := *o
	without.Locations = slices.DeleteFunc(slices.Clone(o.Locations), func(l onboarding.Location) bool {
		return l.ID == annexID
	})
	if _, err := h.service.Tenant.Apply(t.Context(), []*onboarding.Organization{&without}); err != nil {
		t.Fatal(err)
	}
	h.clock.advance(time.Second)
	h.get(searchPath, local).want(http.StatusForbidden)
	h.post("/v3/customers", local, map[string]any{"policies": map[string]any{"termsOfUse": true, "privacy": true}}).
		want(http.StatusForbidden)
	if got := describe(); len(got) != 0 {
		t.Errorf("locations of a key without one: %v", got)
	}
}

// TestRolesInAudit: the audit tells the roles of keys apart.
func TestRolesInAudit(t *testing.T) {
	h := newOffice(t)
	id := h.enrol(map[string]any{"locationId": annexID})
	want := map[onboarding.ActorKind]string{
		onboarding.ActorLocation: h.local(annexID), onboarding.ActorSupport: h.tokenAt(demoID, "", auth.Support),
		onboarding.ActorKey: h.manager,
	}
	for _, token := range want {
		h.post("/v3/customers/"+id+"/unlock", token, nil).want(http.StatusOK)
	}
	rows, err := h.db.UnchainedAudit(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	found := map[onboarding.ActorKind]int{}
	for _, r := range rows {
		if r.Action == onboarding.AuditContactUnlocked {
			found[r.Actor.Kind]++
		}
	}
	for kind := range want {
		if found[kind] != 1 {
			t.Errorf("%d unlocks by %s", found[kind], kind)
		}
	}
}
