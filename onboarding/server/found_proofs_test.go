package server

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"onramp/onboarding/auth"
	"onramp/onboarding/retention"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// TestFoundA2: an app that knows no guid goes on with the token that created its customer, on every
// replica, and no other token does.
func TestFoundA2(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		h := newHouse(t)
		foundA2(t, h, h)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		url := testkit.NewPostgres(t, postgres.Require(t))
		h := newHouseOn(t, testkit.OpenPostgres(t, url), nil)
		foundA2(t, h, newReplica(t, url, h))
	})
}

// foundA2 creates on one replica and asks the other.
func foundA2(t *testing.T, h, elsewhere *house) {
	one, other := h.sameKey()
	create := func(name, token string) (path string, a *answer) {
		h.Helper()
		a = h.post("/v3/customers", token, with(person(name), map[string]any{"guid": nil})).want(http.StatusCreated)
		return "/v3/customers/" + a.text("id"), a
	}
	path, made := create("anna", one)
	report := map[string]any{
		"platform": "ios", "type": "passpoint", "installedBy": "com.example.app", "installed": "2022-07-08T08:08:44Z",
	}
	every := func(path, token string, want ...int) {
		t.Helper()
		var options []option
		for i, a := range []*answer{
			elsewhere.get(path, token, options...), elsewhere.put(path, token, map[string]any{"title": "Dr"}),
			elsewhere.post(path+"/devices", token, map[string]any{"installId": "i"}),
			elsewhere.get(path+"/profile?platform=android", token), elsewhere.get(path+"/installations", token),
			elsewhere.post(path+"/installations", token, report),
			elsewhere.call(http.MethodDelete, path+"/installations/"+nobodyID, token, nil),
		} {
			if a.status != want[min(i, len(want)-1)] {
				t.Errorf("%s: %d, want %d: %s", a.what, a.status, want[min(i, len(want)-1)], a.raw)
			}
		}
	}
	every(path, one, 200, 200, 200, 200, 200, 201, 404)
	every(path, one, 200, 200, 200, 200, 200, 200, 404)
	every(path, other, 403)
	every(path, h.token(demoID, auth.PublicApp), 403)
	every("/v3/customers/"+nobodyID, one, 403)
	elsewhere.get(path, one, withGuid(guid("a-wrong-one"))).want(http.StatusOK) // the token proves by itself

	// The token is a proof in a deduplication, too.
	if a := elsewhere.post("/v3/customers?deduplicate=email", one,
		with(person("anna"), map[string]any{"guid": nil})).want(http.StatusOK); a.text("id") != made.text("id") ||
		a.text("password") != made.text("password") {
		t.Errorf("the token's own customer: %s", a.raw)
	}
	if a := elsewhere.post("/v3/customers?deduplicate=email", other,
		with(person("anna"), map[string]any{"guid": nil})).want(http.StatusCreated); a.text("id") == made.text("id") {
		t.Error("another token of the key finds the customer")
	}

	// It proves the last three only; credential/check counts as creation does.
	paths := []string{path}
	for i := range 3 {
		next, _ := create(fmt.Sprint("person-", i), one)
		paths = append(paths, next)
	}
	for i, want := range []int{403, 200, 200, 200} {
		elsewhere.get(paths[i], one).want(want)
	}
	check := map[string]any{
		"username": made.text("username"), "password": made.text("password"), "organizationId": demoID,
	}
	h.post("/v3/customers/credential/check", one, with(check,
		map[string]any{"password": "wrong"})).blames(http.StatusNotFound, "")
	elsewhere.get(path, one).blames(http.StatusForbidden, "")
	h.post("/v3/customers/credential/check", one, check).want(http.StatusOK)
	for i, want := range []int{200, 403, 200, 200} {
		elsewhere.get(paths[i], one).want(want)
	}

	// A rotation ends it, a logout ends it, and so does the token's end.
	h.post(path+"/rotate", h.manager, nil).want(http.StatusOK)
	every(path, one, 403)
	elsewhere.get(paths[2], one).want(http.StatusOK)
	gone, _ := h.sameKey()
	left, _ := create("leaving", gone)
	elsewhere.get(left, gone).want(http.StatusOK)
	h.post("/v1/sts/logout", gone, nil).want(http.StatusOK)
	elsewhere.get(left, gone).blames(http.StatusForbidden, "")
	h.clock.advance(auth.Lifetime)
	elsewhere.get(paths[2], one).blames(http.StatusForbidden, "")
}

// TestFoundF4: an unverified address does not block others.
func TestFoundF4(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		all := "phoneNumber,email,extId,extProp1,extProp2,guid"
		anna := with(person("anna"), map[string]any{
			"phoneNumber": "+39123456789", "extId": "42", "extProp1": "one", "extProp2": "two",
		})
		register := func(deduplicate, token string, body map[string]any) *answer {
			h.Helper()
			return h.post("/v3/customers?deduplicate="+deduplicate, token, body)
		}
		other := func() string { return h.token(demoID, auth.PublicApp) }

		// Strangers were first with everything that is anna's: her app registers her all the same,
		// and goes on finding her.
		strangers := map[string]bool{}
		for i := range 3 {
			a := h.post("/v3/customers", other(), with(anna,
				map[string]any{"guid": guid(fmt.Sprint("stranger-", i))})).want(http.StatusCreated)
			strangers[a.text("id")] = true
		}
		made := register(all, other(), anna).want(http.StatusCreated)
		if strangers[made.text("id")] {
			t.Fatal("a stranger was found")
		}
		h.post("/v3/customers", other(), with(anna,
			map[string]any{"guid": guid("stranger-4")})).want(http.StatusCreated)
		for _, keys := range []string{all, "email", "email,guid", "guid", "extId", "extProp1,extProp2", "phoneNumber"} {
			again := register(keys, other(), anna).want(http.StatusOK)
			if again.text("id") != made.text("id") || again.text("password") != made.text("password") {
				t.Errorf("%s finds %s", keys, again.raw)
			}
		}

		// An unproven hit by each attribute alone is a new customer.
		for _, key := range []string{"email", "phoneNumber", "extId", "extProp1", "extProp2"} {
			register(key, other(), with(anna, map[string]any{"guid": nil})).want(http.StatusCreated)
		}

		// A phone that two people share: an attribute identifies the person.
		berta := with(person("berta"), map[string]any{"guid": guid("shared")})
		bertas := register("email,guid", other(), berta).want(http.StatusCreated).text("id")
		carlas := h.post("/v3/customers", other(), with(person("carla"),
			map[string]any{"guid": guid("shared")})).want(http.StatusCreated).text("id")
		if got := register("email,guid", other(), berta).want(http.StatusOK).text("id"); got != bertas {
			t.Errorf("%s was found for berta, not %s", got, bertas)
		}
		if got := register("guid", other(), with(person("dora"),
			map[string]any{"guid": guid("shared")})).want(http.StatusOK).text("id"); got != carlas {
			t.Errorf("by the guid alone %s was found, not the newest, %s", got, carlas)
		}

		// An address that the operator verified counts.
		h.put("/v3/customers/"+made.text("id"), h.manager, map[string]any{"emailVerified": true}).want(http.StatusOK)
		register("email", other(), with(anna, map[string]any{"guid": guid("new-phone")})).blames(http.StatusConflict,
			"")
		register("phoneNumber", other(), with(anna, map[string]any{"guid": guid("new-phone")})).want(http.StatusCreated)
		register("email,guid", other(), anna).want(http.StatusOK)
		h.put("/v3/customers/"+made.text("id"), other(),
			map[string]any{
				"email": "anna2@example.com", "emailVerified": true,
			}, withGuid(guid("anna"))).want(http.StatusOK)
		// an app's claim
		register("email", other(), with(anna, map[string]any{
			"email": "anna2@example.com", "guid": guid("new-phone-2"),
		})).want(http.StatusCreated)
	})
}

// TestFoundF4Manager: strangers do not keep an operator's kiosk from its customers either.
func TestFoundF4Manager(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		register := func(body map[string]any) *answer {
			h.Helper()
			return h.post("/v3/customers?deduplicate=email,phoneNumber", h.manager, body)
		}
		anna := with(person("anna"), map[string]any{"guid": nil, "phoneNumber": "+39123456789"})
		made := register(anna).want(http.StatusCreated).text("id")
		if id := register(anna).want(http.StatusOK).text("id"); id != made {
			t.Errorf("the one who fits is %s, not %s", made, id)
		}
		h.put("/v3/customers/"+made, h.manager, map[string]any{"emailVerified": true}).want(http.StatusOK)
		h.post("/v3/customers", h.app, with(anna, map[string]any{"guid": guid("stranger")})).want(http.StatusCreated)
		if id := register(anna).want(http.StatusOK).text("id"); id != made {
			t.Errorf("of two the verified one is %s, not %s", made, id)
		}
		h.put("/v3/customers/"+made, h.manager, map[string]any{"emailVerified": false}).want(http.StatusOK)
		register(anna).want(http.StatusCreated)
	})
}

// TestFoundF6: texts that many devices have in common are not accepted as guids.
func TestFoundF6(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		other := h.token(demoID, auth.PublicApp)
		made := h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated)
		path := "/v3/customers/" + made.text("id")
		for _, common := range []string{
			"00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "unknown-unknown-unknown",
			"aaaaaaaaaaaaaaaa", "................",
			"02:00:00:00:00:00", "9774d56d682e549c", "9774D56D682E549C", "1234567890123456", "0123456789ABCDEF",
			"fedcba9876543210", "abcdefghijklmnop",
			"undefined-undefined", "null null null null", "not-available-not-available",
			"12345678-1234-1234-1234-123456789abc", "abcdefg-abcdefg-gfedcba",
			"123e4567-e89b-12d3-a456-426614174000", "00000000-54b3-e7c7-0000-000046bffd97",
			"d41d8cd98f00b204e9800998ecf8427e", "{00000000000000000000000000000000}",
		} {
			h.post("/v3/customers", h.app, with(person("berta"),
				map[string]any{"guid": common})).blames(http.StatusConflict, "guid")
			h.post("/v3/customers?deduplicate=guid", h.app, with(person("berta"), map[string]any{"guid": nil}),
				withGuid(common)).blames(http.StatusConflict, "guid")
			h.put(path, h.manager, map[string]any{"guid": common}).blames(http.StatusConflict, "guid")
			h.post("/v3/customers/credential/check", other, map[string]any{
				"username": made.text("username"), "password": made.text("password"), "organizationId": demoID,
				"guid": common}).blames(http.StatusConflict, "guid")
			h.get(path, other, withGuid(common)).blames(http.StatusForbidden, "")
		}
		for _, good := range []string{
			"5a3e8f0e-3a0f-4a56-9b8e-3f0a41c5b9d2", "7f2c9e4a1b6d4830a5c7e9f1b3d5f708", "a1b2c3d4e5f60718",
			"device-of-anna-0123456789",
		} {
			h.post("/v3/customers", h.app, with(person("carla"), map[string]any{"guid": good})).want(http.StatusCreated)
		}
	})
}

// TestFoundF6Stored: a common guid that an earlier version stored is no proof.
func TestFoundF6Stored(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		id := h.register("anna")
		other := h.token(demoID, auth.PublicApp)
		for text, hash := range commonStored {
			h.storeGuid(id, hash)
			h.get("/v3/customers/"+id, other, withGuid(text)).blames(http.StatusForbidden, "")
			h.post("/v3/customers?deduplicate=guid", other,
				with(person("berta"), map[string]any{"guid": text})).blames(http.StatusConflict, "guid")
		}
	})
}

// TestFoundF11: the repeat of a request proves nothing.
func TestFoundF11(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		one, other := h.sameKey()
		key := func(name string) option { return header("Idempotency-Key", name) }
		without := with(person("anna"), map[string]any{"guid": nil})
		first := h.post("/v3/customers", one, without, key("without")).want(http.StatusCreated)
		for _, token := range []string{one, other} {
			again := h.post("/v3/customers", token, without, key("without")).want(http.StatusCreated)
			if again.text("id") != first.text("id") || again.json["password"] != nil ||
				again.json["activationUrl"] != nil {
				t.Errorf("a repeat without a guid: %s", again.raw)
			}
		}
		first = h.post("/v3/customers", one, person("berta"), key("with")).want(http.StatusCreated)
		for _, token := range []string{one, other} {
			again := h.post("/v3/customers", token, person("berta"), key("with")).want(http.StatusCreated)
			for _, member := range []string{"id", "username", "password", "activationUrl"} {
				if again.json[member] != first.json[member] {
					t.Errorf("%s of a repeat with the guid: %v, want %v", member, again.json[member],
						first.json[member])
				}
			}
		}
		// A hit's first answer is kept back likewise.
		hit := h.post("/v3/customers?deduplicate=email", one, with(person("anna"), map[string]any{"guid": nil}),
			key("hit")).want(http.StatusOK)
		if hit.json["activationUrl"] == nil {
			t.Errorf("a hit that the token proves: %s", hit.raw)
		}
		if again := h.post("/v3/customers?deduplicate=email", other, with(person("anna"), map[string]any{"guid": nil}),
			key("hit")).want(http.StatusOK); again.json["password"] != nil || again.json["activationUrl"] != nil {
			t.Errorf("a repeat of a hit: %s", again.raw)
		}
		byManager := h.post("/v3/customers", h.manager, with(person("carla"), map[string]any{"guid": nil}),
			key("manager")).want(http.StatusCreated)
		if again := h.post("/v3/customers", h.manager, with(person("carla"), map[string]any{"guid": nil}),
			key("manager")).want(http.StatusCreated); again.json["password"] != nil ||
			again.json["activationUrl"] != byManager.json["activationUrl"] {
			t.Errorf("a manager's repeat: %s", again.raw)
		}
	})
}

// TestFoundF12LoggedOut: a token that was logged out stays so, whatever the clock of a sweep was.
func TestFoundF12LoggedOut(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		for _, wrong := range []time.Duration{25 * time.Hour, 40 * 24 * time.Hour, 20 * 365 * 24 * time.Hour} {
			one, _ := h.sameKey()
			h.post("/v1/sts/logout", one, nil).want(http.StatusOK)
			h.clock.advance(wrong)
			for range 3 {
				if _, err := h.service.Retention.Run(t.Context(), retention.Options{AcceptClock: true}); err != nil {
					t.Fatal(err)
				}
				h.clock.advance(time.Hour)
			}
			h.clock.advance(-wrong - 3*time.Hour)
			h.get("/v1/organizations/"+demoID+"/policies", one).blames(http.StatusForbidden, "")
			// A client that was not logged out logs in again, and its token is valid, before and
			// after further sweeps.
			fresh, _ := h.sameKey()
			for range 3 {
				h.get("/v1/organizations/"+demoID+"/policies", fresh).want(http.StatusOK)
				if _, err := h.service.Retention.Run(t.Context(), retention.Options{AcceptClock: true}); err != nil {
					t.Fatal(err)
				}
				h.clock.advance(time.Hour)
			}
			h.get("/v1/organizations/"+demoID+"/policies", one).blames(http.StatusForbidden, "")
		}
	})
}
