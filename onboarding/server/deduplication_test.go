package server

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onramp/onboarding"
)

func same(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// TestDeduplicationAttack: another person's e-mail address with one's own guid changes nothing and
// reveals nothing. Where the address is verified, its owner must verify; where it is not, the
// attacker is a new customer like any other.
func TestDeduplicationAttack(t *testing.T) {
	h := newHouse(t)
	victim := h.post("/v3/customers", h.manager, with(person("anna"), map[string]any{
		"phoneNumber": "+39123456789", "extId": "42", "lastName": "Rossi", "emailVerified": true,
		"phoneVerified": true})).want(http.StatusCreated).text("id")
	h.everything(victim) // the first fetch of the profile by the manager that registered anna sets Kiosk
	before := h.everything(victim)
	for _, key := range []string{
		"email", "phoneNumber", "email,guid", "phoneNumber,email,extId,extProp1,extProp2,guid",
	} {
		attack := with(person("thief"), map[string]any{
			"email": "ANNA@example.com", "phoneNumber": "+39123456789", "extId": "42", "lastName": "Thief",
			"password": "mine", "username": "thief",
			"policies": map[string]any{"termsOfUse": true, "privacy": true, "mktgCommunications": true},
			"device":   map[string]any{"installId": "thief"},
		})
		a := h.post("/v3/customers?deduplicate="+key, h.app, attack).blames(http.StatusConflict, "")
		a.golden("deduplicate-unproven.json")
		h.post("/v3/customers?deduplicate="+key, h.app,
			with(attack, map[string]any{"guid": nil})).blames(http.StatusConflict,
			"").golden("deduplicate-unproven.json")
	}
	same(t, before, h.everything(victim))
	h.get("/v3/customers/"+victim, h.app, withGuid(guid("thief"))).want(http.StatusForbidden)
	h.get("/v2/customers/organizations/"+demoID+"/exist?username=thief", h.app).want(http.StatusNotFound)

	// The attacker's own account beside the victim's: the proven one is meant, and the victim's
	// stays as it is.
	own := h.register("thief")
	if id := h.post("/v3/customers?deduplicate=guid,email", h.app,
		with(person("thief"), map[string]any{"email": "anna@example.com"})).
		want(http.StatusOK).text("id"); id != own {
		t.Errorf("%s was found, not the thief's own %s", id, own)
	}
	same(t, before, h.everything(victim))

	// Another tenant's customers are not found at all.
	if h.post("/v3/customers?deduplicate=email", h.rival,
		person("anna")).want(http.StatusCreated).text("id") == victim {
		t.Error("another tenant's customer was found")
	}
}

// TestDeduplicationHit: the person himself is found.
func TestDeduplicationHit(t *testing.T) {
	h := newHouse(t)
	first := h.post("/v3/customers", h.app, with(person("anna"),
		map[string]any{"source": "s", "lock": false})).want(http.StatusCreated)
	again := with(person("anna"), map[string]any{
		"lastName": "Neri", "username": "other", "password": "other", "lock": true,
	})
	hit := h.post("/v3/customers?deduplicate=email,guid", h.app, again).want(http.StatusOK)
	for _, member := range []string{"id", "username", "password"} {
		if hit.json[member] != first.json[member] {
			t.Errorf("%s changed from %v to %v", member, first.json[member], hit.json[member])
		}
	}
	byManager := h.post("/v3/customers?deduplicate=email", h.manager,
		with(again, map[string]any{"guid": nil})).want(http.StatusOK)
	if byManager.json["password"] != nil {
		t.Errorf("a hit without a guid tells the password: %s", byManager.raw)
	}
	c, err := h.service.Registration.CustomerInfo(t.Context(), h.caller(h.manager), first.text("id"))
	if err != nil {
		t.Fatal(err)
	}
	if c.LastName != "Neri" || c.Locked || c.Source != "s" {
		t.Errorf("%+v", c)
	}
	h.post("/v3/customers?deduplicate=email,shoeSize", h.app, again).blames(http.StatusConflict, "deduplicate")
	h.post("/v3/customers?deduplicate=%FF", h.app, again).blames(http.StatusConflict, "deduplicate")
	// A key that the request does not carry counts for nothing.
	if id := h.post("/v3/customers?deduplicate=phoneNumber", h.app,
		person("anna")).want(http.StatusCreated).text("id"); id == first.text("id") {
		t.Error("no phone number is no key")
	}
	h.post("/v3/customers", h.app, person("x"), withGuid(guid("y"))).blames(http.StatusConflict, "guid")
}

// everything is all data of a customer.
func (h *house) everything(id string) any {
	h.Helper()
	by := h.caller(h.manager)
	c, err := h.service.Registration.CustomerInfo(h.Context(), by, id)
	if err != nil {
		h.Fatal(err)
	}
	installations, err := h.service.Links.Installations(h.Context(), by, id)
	if err != nil {
		h.Fatal(err)
	}
	profile, err := h.service.Links.Profile(h.Context(), by, id, "settings-android")
	if err != nil {
		h.Fatal(err)
	}
	return struct {
		Customer      onboarding.Customer
		Installations []*onboarding.Installation
		Profile       string
	}{*c, installations, string(profile.Body)}
}
