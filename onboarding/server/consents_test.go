package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
)

// decide is a body of PUT policies; keys and decisions alternate.
func decide(pairs ...any) map[string]any {
	list := []any{}
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, map[string]any{"policyKey": pairs[i], "accepted": pairs[i+1]})
	}
	return map[string]any{"policies": list}
}

// TestConsentAfterClockStepsBack sees that the latest decision counts, also when the clock of the
// process that recorded an earlier one was ahead.
func TestConsentAfterClockStepsBack(t *testing.T) {
	h := newOffice(t)
	id := h.enrol(nil)
	path := "/v1/customers/" + id + "/policies"
	h.clock.advance(time.Hour)
	h.put(path, h.manager, decide("mktgCommunications", true)).want(http.StatusOK)
	h.clock.advance(-time.Hour)
	for _, accepted := range []bool{false, true, false} {
		h.put(path, h.manager, decide("mktgCommunications", accepted)).want(http.StatusOK)
		if got := h.policies(id)["mktgCommunications"]; got != accepted {
			t.Errorf("after the decision %v the contact shows %v", accepted, got)
		}
	}
}

// policies returns a contact's policies.
func (h *house) policies(id string) map[string]any {
	h.Helper()
	shown := map[string]any{}
	for _, p := range h.get("/v2/customers/"+id,
		h.manager).want(http.StatusOK).json["customer"].(map[string]any)["policies"].([]any) {
		p := p.(map[string]any)
		shown[p["name"].(string)] = p["accepted"]
	}
	return shown
}

func TestDecidePolicies(t *testing.T) {
	h := newOffice(t)
	id := h.enrol(map[string]any{"email": "anna@example.com"})
	path := "/v1/customers/" + id + "/policies"
	h.clock.advance(time.Hour)
	a := h.put(path, h.manager, decide("mktgCommunications", true, "customs.mail", false, "termsOfUse", true,
		"profiling", true, "ppd", true)).want(http.StatusOK)
	want := `{"customs.mail":false,"mktgCommunications":true,"ppd":true,"profiling":true,"termsOfUse":true}`
	if string(a.raw) != want {
		t.Errorf("answer %s, want %s", a.raw, want)
	}
	if got, want := jsonOf(t,
		h.policies(id)),
		`{"customs.mail":false,"mktgCommunications":true,"ppd":true,"privacy":true,"profiling":true,`+
			`"termsOfUse":true}`; got != want {
		t.Errorf("the contact shows %s, want %s", got, want)
	}
	h.search("mktgCommunications", "true").finds(id)
	h.search("modifiedStart", h.clock.now().Format(time.RFC3339)).finds(id)
	h.clock.advance(time.Hour)
	h.put(path, h.manager, decide("mktgCommunications", false, "customs.mail", true)).want(http.StatusOK)
	h.search("mktgCommunications", "true").finds()
	h.search("customOptIn.mail", "true").finds(id)
	// The record holds every consent with its channel.
	var said []string
	for _, e := range h.get("/v3/customers/"+id+"/export", h.manager).want(http.StatusOK).json["consents"].([]any) {
		e := e.(map[string]any)
		if e["policy"] == "mktgCommunications" {
			said = append(said, fmt.Sprint(e["accepted"], e["version"], e["channel"], e["address"], e["agent"]))
		}
	}
	if got := fmt.Sprint(said); got != "[true2api127.0.0.1Go-http-client/1.1 false2api127.0.0.1Go-http-client/1.1]" {
		t.Errorf("the ledger says %s", got)
	}

	// All or nothing.
	before := jsonOf(t, h.policies(id))
	for _, tt := range []struct {
		field string
		body  any
	}{
		{"policies[1].policyKey", decide("mktgCommunications", true, "unheard", true)},
		{"policies[0].policyKey", decide("", true)},
		{"policies[0].policyKey", decide("customs.unheard", true)},
		{"policies[0].policyKey", decide("mail", true)},
		{"policies[1].policyKey", decide("mktgCommunications", true, "mktgCommunications", false)},
		{"policies[1].policyKey", decide("mktgCommunications", true, "mktgCommunications", true)},
		{"policies.termsOfUse", decide("mktgCommunications", true, "termsOfUse", false)},
		{"policies.privacy", decide("mktgCommunications", true, "privacy", false)},
		{"policies[1].accepted", decide("mktgCommunications", true, "customs.mail", "yes")},
		{"policies[1].accepted", decide("mktgCommunications", true, "customs.mail", nil)},
		{"policies[1].policyKey", decide("mktgCommunications", true, nil, true)},
		{"policies[1].policyKey", decide("mktgCommunications", true, 7, true)},
		{"policies[0]", map[string]any{"policies": []any{"mktgCommunications"}}},
		{"policies", map[string]any{"policies": map[string]any{"mktgCommunications": true}}},
		{"policies", map[string]any{"policies": []any{}}},
		{"policies", map[string]any{}},
	} {
		h.put(path, h.manager, tt.body).blames(http.StatusConflict, tt.field)
	}
	if after := jsonOf(t, h.policies(id)); after != before {
		t.Errorf("what was refused was written: %s, before %s", after, before)
	}
	h.put(path, h.rival, decide("mktgCommunications", true)).blames(http.StatusNotFound, "")
	h.put(path, h.app, decide("mktgCommunications", true), withGuid(guid("anna"))).blames(http.StatusForbidden, "")
	h.put("/v1/customers/"+nobodyID+"/policies", h.manager,
		decide("mktgCommunications", true)).blames(http.StatusNotFound, "")
}

// TestWithdrawProfiling: visits and metrics go, and the rest stays.
func TestWithdrawProfiling(t *testing.T) {
	h := newOffice(t)
	id := h.enrol(map[string]any{"username": "anna", "email": "anna@example.com", "profiling": true, "ppd": true})
	h.login("anna")
	h.stay("anna", "s1", h.clock.now().Add(-time.Hour), time.Minute)
	visits := func() any {
		return h.get("/v2/customers/"+id,
			h.manager).json["customer"].(map[string]any)["metrics"].(map[string]any)["countTotalVisits"]
	}
	if visits() != 1.0 || len(h.get("/v2/customers/"+id+"/events", h.manager).json["events"].([]any)) != 3 {
		t.Fatal("there is nothing to forget")
	}
	h.put("/v1/customers/"+id+"/policies", h.manager, decide("profiling", false)).want(http.StatusOK)
	if visits() != nil {
		t.Error("the metrics are still shown")
	}
	h.put("/v1/customers/"+id+"/policies", h.manager, decide("profiling", true)).want(http.StatusOK)
	if visits() != 0.0 || len(h.get("/v2/customers/"+id+"/events", h.manager).json["events"].([]any)) != 0 {
		t.Error("agreeing again brings back what was before")
	}
	h.search("email", "anna@example.com").finds(id)
}

// personal lists data that must be gone after a deletion or minimisation.
func personal(h *radiusHouse) (id string, traces []string) {
	h.Helper()
	made := h.post("/v3/customers", h.app, map[string]any{
		"username": "anna-username", "password": "anna-password", "firstName": "Annabella", "lastName": "Rossini",
		"email": "annabella@example.com", "phoneNumber": "+39123456789",
		"birthDate": "1990-02-28", "gender": "F", "zipCode": "ZIP-56121", "companyName": "Company of hers",
		"extId": "ext-4711", "extProp1": "prop-1", "extProp2": "prop-2", "title": "Title of hers",
		"document": map[string]any{"personalId": "PERSONAL-1", "number": "NUMBER-1"},
		"custom":   map[string]any{"hobby": "hobby of hers"}, "language": "it", "country": "IT",
		"guid": guid("annabella"),
		"device": map[string]any{
			"installId": "install-1", "device": "device-1", "vendorId": "vendor-1", "pushToken": "push-1",
		},
		"policies": map[string]any{"termsOfUse": true, "privacy": true, "mktgCommunications": true}, "profiling": true,
		"ppd": true, "locationId": annexID,
	}, header("Idempotency-Key", "key-1"), header("User-Agent", "agent of hers")).want(http.StatusCreated)
	id = made.text("id")
	h.post("/v3/customers/"+id+"/installations", h.app, map[string]any{
		"platform": "ios", "type": "passpoint", "installedBy": "app of hers", "installed": "2022-07-08T08:08:44Z",
	},
		withGuid(guid("annabella"))).want(http.StatusCreated)
	h.login("anna-username")
	h.stay("anna-username", "her-session", h.clock.now().Add(-2*time.Hour), time.Hour)
	h.ask("/aaa/accounting", accountingJSON("Acct-Status-Type", `"Start"`, "Acct-Unique-Session-Id",
		`"her-open-session"`, "User-Name", `"`+h.issued("anna-username")+`"`,
		"Onramp-Hotspot", `"`+demoHotspot+`"`, "Calling-Station-Id", `"02-00-00-AA-BB-CC"`, "Framed-IP-Address",
		`"192.0.2.77"`)).want(http.StatusNoContent)
	return id,
		[]string{"Annabella", "Rossini", "annabella", "123456789", "1990-02-28", "ZIP-56121", "Company of hers",
			"ext-4711", "prop-1", "prop-2", "Title of hers", "PERSONAL-1", "NUMBER-1",
			"hobby of hers", "install-1", "device-1", "vendor-1", "push-1", "app of hers", annexID}
}

// TestDeleteContact: the person, the credential, the links and whose anything was are gone at once;
// who is connected is disconnected.
func TestDeleteContact(t *testing.T) {
	h := newOffice(t)
	id, traces := personal(h)
	link := h.post("/v2/customers/"+id+"/token", h.manager, nil).want(http.StatusOK).text("token")
	repeat := func() *answer {
		return h.post("/v3/customers", h.app, with(person("b"), nil), header("Idempotency-Key", "key-1"))
	}
	repeat().blames(http.StatusConflict, "Idempotency-Key")
	connections := h.connections()

	h.call(http.MethodDelete, "/v1/customers/"+id, h.rival, nil).blames(http.StatusNotFound, "")
	h.call(http.MethodDelete, "/v1/customers/"+id, h.app, nil,
		withGuid(guid("annabella"))).blames(http.StatusForbidden, "")
	h.call(http.MethodDelete, "/v1/customers/"+id, h.manager,
		nil).want(http.StatusOK).is(map[string]any{"status": "OK", "generated": true})
	h.call(http.MethodDelete, "/v1/customers/"+id, h.manager, nil).blames(http.StatusNotFound, "")

	for _, path := range []string{"/v2/customers/" + id, "/v3/customers/" + id, "/v3/customers/" + id +
		"/export", "/v2/customers/" + id + "/accountings", "/v2/customers/" + id + "/devices",
		"/v2/customers/" + id + "/events", "/v3/customers/" + id + "/installations", "/v3/customers/" + id +
			"/profile?platform=ios"} {
		h.get(path, h.manager).blames(http.StatusNotFound, "")
	}
	h.get("/v3/customers/"+id, h.app, withGuid(guid("annabella"))).blames(http.StatusForbidden, "")
	h.search("email", "annabella@example.com").finds()
	h.search().finds()
	h.get("/activate/"+link+"/ios", "").want(http.StatusNotFound)
	h.ask("/aaa/authorize", `{"User-Name":"anna-username"}`).want(http.StatusUnauthorized)
	h.post("/v3/customers/credential/check", h.app,
		map[string]any{
			"username": "anna-username", "password": "anna-password", "organizationId": demoID,
		}).want(http.StatusNotFound)
	repeat().want(http.StatusCreated) // the remembered answer is gone too
	if n := h.connections(); n != connections {
		t.Errorf("%d connections were counted, and %d are now", connections, n)
	}
	// The operator's events remain without the customer.
	events := string(h.get("/v1/organizations/"+demoID+"/events", h.manager).want(http.StatusOK).raw)
	for _, trace := range append(traces, id) {
		// which app it was is no secret of hers
		if strings.Contains(events, trace) && trace != annexID && trace != "app of hers" {
			t.Errorf("the organization's events still tell %q", trace)
		}
	}
	// The name is free again, and who takes it is somebody else.
	again := h.enrol(map[string]any{"username": "anna-username", "email": "annabella@example.com"})
	h.search("username", "anna-username").finds(again)
	if n := len(h.get("/v2/customers/"+again+"/accountings", h.manager).json["connections"].([]any)); n != 0 {
		t.Errorf("the new one has %d connections of the old", n)
	}
	// A late record belongs to no customer.
	h.ask("/aaa/accounting", accountingJSON("Acct-Status-Type", `"Stop"`, "Acct-Unique-Session-Id",
		`"her-open-session"`, "User-Name", `"anna-username"`,
		"Onramp-Hotspot", `"`+demoHotspot+`"`, "Acct-Session-Time", "600")).want(http.StatusNoContent)
	if n := len(h.get("/v2/customers/"+again+"/accountings", h.manager).json["connections"].([]any)); n != 0 {
		t.Errorf("the new one has %d connections of the old", n)
	}
}

// connections counts all connections of the organization.
func (h *radiusHouse) connections() int {
	h.Helper()
	n := 0
	for _, unique := range []string{"her-session", "her-open-session"} {
		if _, err := h.db.Connection(h.Context(), unique); err == nil {
			n++
		}
	}
	return n
}

// TestRefuseProcessing: after a refusal, only the members that the API names are stored.
func TestRefuseProcessing(t *testing.T) {
	for name, refuse := range map[string]func(h *radiusHouse, id string){
		"an operator": func(h *radiusHouse, id string) {
			h.put("/v1/customers/"+id+"/policies", h.manager, decide("ppd", false)).want(http.StatusOK)
		},
		"the app": func(h *radiusHouse, id string) {
			h.put("/v3/customers/"+id, h.app, map[string]any{"ppd": false},
				withGuid(guid("annabella"))).want(http.StatusOK)
		},
		"a registration that is known": func(h *radiusHouse, id string) {
			h.post("/v3/customers?deduplicate=guid", h.app,
				with(person("x"), map[string]any{
					"ppd": false, "guid": guid("annabella"), "custom": map[string]any{"hobby": "hobby of hers"},
				})).want(http.StatusOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newOffice(t)
			id, traces := personal(h)
			credential, err := h.db.Credential(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			refuse(h, id)
			record := h.get("/v3/customers/"+id+"/export", h.manager).want(http.StatusOK)
			for _, trace := range traces {
				if strings.Contains(string(record.raw), trace) {
					t.Errorf("%q is still kept: %s", trace, record.raw)
				}
			}
			contact := record.json["contact"].(map[string]any)
			for _, member := range []string{"locationCid", "locationName", "system", "lastLogin", "age", "birthDate"} {
				if contact[member] != nil {
					t.Errorf("%s is %v", member, contact[member])
				}
			}
			if contact["language"] != "it" || contact["country"] != "it" || contact["username"] != "anna-username" ||
				contact["cid"] != id {
				t.Errorf("what may be kept is not: %v", contact)
			}
			for _, list := range []string{"appDevices", "devices", "installations"} {
				if n := len(record.json[list].([]any)); n != 0 {
					t.Errorf("%d %s are kept", n, list)
				}
			}
			open := record.json["connections"].([]any)
			if len(open) != 1 || open[0].(map[string]any)["stop"] != nil ||
				open[0].(map[string]any)["macAddressClient"] != nil {
				t.Errorf("of connections the open one is kept, for a disconnect, and without address: %v", open)
			}
			for _, e := range record.json["events"].([]any) {
				if kind := e.(map[string]any)["type"]; kind != "consent" && kind != "credential" {
					t.Errorf("a %v event is kept", kind)
				}
			}
			if n := len(record.json["consents"].([]any)); n < 5 {
				t.Errorf("%d consents are kept", n)
			}
			// The credential works, and its device may still ask for the profile.
			if now, err := h.db.Credential(t.Context(), id); err != nil ||
				string(now.Password.Box) != string(credential.Password.Box) {
				t.Errorf("the credential changed: %v", err)
			}
			h.ask("/aaa/authorize", `{"User-Name":"anna-username"}`).want(http.StatusOK)
			h.get("/v3/customers/"+id+"/profile?platform=android", h.app,
				withGuid(guid("annabella"))).want(http.StatusOK)
			h.post("/v3/customers/"+id+"/devices", h.app, map[string]any{"installId": "install-1"},
				withGuid(guid("annabella"))).want(http.StatusOK)
			h.ask("/aaa/accounting", accountingJSON("Acct-Status-Type", `"Stop"`, "Acct-Unique-Session-Id",
				`"her-open-session"`, "User-Name", `"anna-username"`,
				"Onramp-Hotspot", `"`+demoHotspot+`"`, "Acct-Session-Time", "600")).want(http.StatusNoContent)
			record = h.get("/v3/customers/"+id+"/export", h.manager).want(http.StatusOK)
			if len(record.json["connections"].([]any)) != 0 || len(record.json["appDevices"].([]any)) != 0 {
				t.Errorf("afterwards something is kept: %s", record.raw)
			}
		})
	}
}

// TestExportContact: the export holds all stored data, without credentials.
func TestExportContact(t *testing.T) {
	h := newOffice(t)
	id, traces := personal(h)
	h.post("/v3/customers/"+id+"/lock", h.manager, nil).want(http.StatusOK)
	a := h.get("/v3/customers/"+id+"/export", h.manager).want(http.StatusOK)
	for _, trace := range append(traces, id, "anna-username", "agent of hers", "127.0.0.1", "02:00:00:aa:bb:cc",
		"192.0.2.77", "mktgCommunications", "locked", "1990", "02-28") {
		if trace != "1990-02-28" && !strings.Contains(string(a.raw), trace) {
			t.Errorf("the export lacks %q", trace)
		}
	}
	credential, err := h.db.Credential(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := json.Marshal(credential.Password.Box)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{
		"anna-password", strings.Trim(string(sealed), `"`), guid("annabella"), "key-1", "hash", "password",
	} {
		if strings.Contains(string(a.raw), secret) {
			t.Errorf("the export tells %q", secret)
		}
	}
	for list, n := range map[string]int{
		"consents": 5, "deviceGuids": 1, "activationLinks": 1, "appDevices": 1, "devices": 1, "installations": 1,
		"connections": 2, "disconnects": 1, "attempts": 1, "downloads": 0, "stationClaims": 0,
	} {
		if got := len(a.json[list].([]any)); got != n {
			t.Errorf("%d %s, want %d: %v", got, list, n, a.json[list])
		}
	}
	kinds := map[any]bool{}
	for _, e := range a.json["events"].([]any) {
		kinds[e.(map[string]any)["type"]] = true
	}
	for _, kind := range []onboarding.EventType{
		onboarding.EventSignup, onboarding.EventInstall, onboarding.EventLogin, onboarding.EventVisit,
		onboarding.EventCredential,
	} {
		if !kinds[string(kind)] {
			t.Errorf("no %s event is exported", kind)
		}
	}
	h.get("/v3/customers/"+id+"/export", h.rival).blames(http.StatusNotFound, "")
	h.get("/v3/customers/"+id+"/export", h.app, withGuid(guid("annabella"))).blames(http.StatusForbidden, "")
}
