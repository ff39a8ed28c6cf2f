package server

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"onramp/onboarding"
)

// Further objects of the operators' organization.
const (
	annexID    = "0d0e0000000000000000000000000009"
	segmentID  = "0d0e00000000000000000000000000aa"
	searchPath = "/v2/customers/organizations/" + demoID
)

// newOffice is a house whose organization has everything that a contact can show: two locations,
// opt-ins of its own, a segment.
func newOffice(t *testing.T, change ...func(*Config)) *radiusHouse {
	t.Helper()
	h := newRadiusHouse(t, change...)
	o := organization(demoID, "Demo", "demo.example")
	o.Policies = append(o.Policies,
		onboarding.Policy{Key: "ageVerification", Version: "1", Title: map[string]string{"en": "Over 16"}},
		onboarding.Policy{Key: "customs.mail", Version: "3", Title: map[string]string{"en": "Partners"}},
		onboarding.Policy{Key: "customs.mail2", Version: "1", Title: map[string]string{"en": "More"}},
	)
	o.Locations = append(o.Locations, onboarding.Location{ID: annexID, Name: "Annex", Timezone: "America/New_York"})
	o.Segments = []onboarding.Segment{{
		ID: segmentID, Name: "Italians", When: onboarding.SegmentCondition{Country: []string{"it"}},
	}}
	if _, err := h.service.Tenant.Apply(t.Context(), []*onboarding.Organization{o}); err != nil {
		t.Fatal(err)
	}
	return h
}

// enrol registers somebody by an operator's tool and returns the ID.
func (h *house) enrol(members map[string]any) string {
	h.Helper()
	body := with(map[string]any{"policies": map[string]any{"termsOfUse": true, "privacy": true}}, members)
	return h.post("/v3/customers", h.manager, body).want(http.StatusCreated).text("id")
}

// username of a contact.
func (h *house) username(id string) string {
	h.Helper()
	return h.get("/v2/customers/"+id,
		h.manager).want(http.StatusOK).json["customer"].(map[string]any)["username"].(string)
}

// search asks for contacts; names and values alternate.
func (h *house) search(pairs ...string) *answer {
	h.Helper()
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Add(pairs[i], pairs[i+1])
	}
	return h.get(searchPath+"?"+q.Encode(), h.manager)
}

// contacts are those that a search was answered with.
func (a *answer) contacts() []map[string]any {
	a.t.Helper()
	list, ok := a.want(http.StatusOK).json["customers"].([]any)
	if !ok {
		a.t.Fatalf("%s: no customers: %s", a.what, a.raw)
	}
	all := make([]map[string]any, len(list))
	for i := range list {
		all[i] = list[i].(map[string]any)
	}
	return all
}

// cids are their IDs.
func (a *answer) cids() []string {
	a.t.Helper()
	ids := []string{}
	for _, c := range a.contacts() {
		ids = append(ids, c["cid"].(string))
	}
	return ids
}

// finds checks whom a search finds, in the order of IDs, and that the counts agree.
func (a *answer) finds(ids ...string) {
	a.t.Helper()
	want := slices.Sorted(slices.Values(ids))
	if got := a.cids(); !slices.Equal(got, want) {
		a.t.Fatalf("%s: found %v, want %v", a.what, got, want)
	}
	if n := float64(len(ids)); a.json["count"] != n || a.json["totalCount"] != n {
		a.t.Fatalf("%s: count %v and totalCount %v, want %v", a.what, a.json["count"], a.json["totalCount"], n)
	}
}
