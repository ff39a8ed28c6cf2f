package server

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// TestCreateCustomer: the answer, member by member.
func TestCreateCustomer(t *testing.T) {
	h := newHouse(t)
	want := map[string]any{
		"status": "OK", "generated": true, "id": anything, "extId": nil, "organizationId": demoID,
		"locationId": demoLocation,
		"hotspotId":  nil, "username": anything, "password": anything, "mailSent": nil, "activationUrl": anything,
	}
	a := h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated).is(want)
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(a.text("id")) || len(a.text("password")) < 22 {
		t.Errorf("%s", a.raw)
	}
	if !strings.HasPrefix(a.text("activationUrl"), "https://wifi.example.com/activate/") {
		t.Errorf("activationUrl %s", a.text("activationUrl"))
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q on an answer with a password", got)
	}

	given := with(person("berta"), map[string]any{
		"extId": "x-1", "username": "berta@home", "password": "p&<>\"'", "organizationId": demoID,
		"locationId": demoLocation, "hotspotId": demoHotspot,
	})
	h.post("/v3/customers", h.app, given).want(http.StatusCreated).is(with(want, map[string]any{
		"extId": "x-1", "username": "berta@home", "password": "p&<>\"'"}))
	given = with(given, map[string]any{
		"username": "carla", "guid": guid("carla"), "email": "carla@example.com", "extId": "x-2",
	})
	h.post("/v3/customers", h.manager, given).want(http.StatusCreated).is(with(want, map[string]any{
		"extId": "x-2", "username": "carla", "password": "p&<>\"'", "hotspotId": demoHotspot}))

	h.post("/v3/customers", h.app, with(person("dora"),
		map[string]any{"username": "carla"})).blames(http.StatusConflict, "username").golden("username-taken.json")
	h.post("/v3/customers", h.app, with(person("dora"),
		map[string]any{"username": "dora "})).blames(http.StatusConflict, "username")
}

// TestEveryMember: all of them are taken, under each spelling.
func TestEveryMember(t *testing.T) {
	h := newHouse(t)
	all := map[string]any{
		"username": "everything", "password": "secret", "firstName": "Ännä", "lastName": "Ünal", "title": "Dr",
		"email": "e@example.com", "emailVerified": true,
		"phoneNumber": "+39123456789", "phoneVerified": false, "gender": "FEMALE", "birthdate": "1990-02-28",
		"language": "it", "country": "IT",
		"zipCode": "56121", "companyName": "ACME", "civilStatus": "single", "extId": "1", "extProp1": "2",
		"extProp2": "3",
		"document": map[string]any{
			"memberId": "a", "number": "b", "personalId": "c", "passportNumber": "d", "type": "e",
		},
		"policies": map[string]any{
			"termsOfUse": "true", "privacy": true, "mktgCommunications": "false", "undeclared": true,
		},
		"profiling": true, "ppd": true,
		"processingData": map[string]any{"profiling": true, "processingPersonalData": true},
		"custom":         map[string]any{"text": "t", "number": 1.50, "yes": true, "none": nil}, "lock": false,
		"source":         "kiosk",
		"organizationId": demoID, "locationId": demoLocation, "hotspotId": demoHotspot, "guid": guid("everything"),
		"device":          map[string]any{"installId": "i", "os": "ios", "osVersion": "18", "device": "iPhone"},
		"browserLanguage": "it-IT", "title2": "unknown members are ignored",
		"nested": map[string]any{"unknown": []any{1, nil, map[string]any{}}},
	}
	id := h.post("/v3/customers", h.app, all).want(http.StatusCreated).text("id")
	c, err := h.service.Registration.CustomerInfo(t.Context(), h.caller(h.manager), id)
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	want := onboarding.Attributes{
		FirstName: "Ännä", LastName: "Ünal", Title: "Dr", Email: "e@example.com", EmailClaimed: &yes,
		Phone: "+39123456789", PhoneClaimed: &no,
		Gender: "female", BirthDate: "1990-02-28", Language: "it", Country: "IT", ZipCode: "56121", CompanyName: "ACME",
		CivilStatus: "single",
		ExtID:       "1", ExtProp1: "2", ExtProp2: "3",
		Custom: map[string]string{"text": "t", "number": "1.5", "yes": "true"}, BrowserLanguage: "it-IT",
	}
	document, err := h.service.Documents.Of(c)
	if err != nil {
		t.Fatal(err)
	}
	same(t, onboarding.Document{MemberID: "a", Number: "b", PersonalID: "c", PassportNumber: "d", Type: "e"}, document)
	want.Document = c.Document
	same(t, want, c.Attributes)
	if !c.Profiled() || c.Source != "kiosk" || c.HotspotID != "" {
		t.Errorf("%+v", c)
	}
}

// TestUpdateCustomer: given members change, absent ones stay.
func TestUpdateCustomer(t *testing.T) {
	h := newHouse(t)
	id := h.register("anna")
	path := "/v3/customers/" + id
	want := map[string]any{
		"status": "OK", "generated": true, "id": id, "extId": "ext", "organizationId": demoID,
		"locationId": demoLocation,
		"hotspotId":  nil, "username": anything, "mailSent": nil, "activationUrl": anything,
	}
	h.put(path, h.app, map[string]any{
		"extId": "ext", "lastName": "Rossi", "guid": guid("anna"),
	}).want(http.StatusOK).is(want)
	h.put(path, h.app, map[string]any{"lastName": nil}, withGuid(guid("anna"))).want(http.StatusOK).is(want)
	h.put(path, h.manager, map[string]any{"firstName": ""}).want(http.StatusOK)
	c, err := h.service.Registration.CustomerInfo(t.Context(), h.caller(h.manager), id)
	if err != nil {
		t.Fatal(err)
	}
	if c.LastName != "Rossi" || c.FirstName != "" || c.Email != "anna@example.com" {
		t.Errorf("%+v", c.Attributes)
	}
	for _, field := range []string{"username", "password"} {
		h.put(path, h.manager, map[string]any{field: "other"}).blames(http.StatusConflict, field)
	}
	h.put(path, h.manager, map[string]any{"lock": true}).blames(http.StatusConflict, "lock")
	h.put(path, h.manager, map[string]any{"policies": map[string]any{"privacy": false}}).blames(http.StatusConflict,
		"policies.privacy")
	h.put(path, h.manager, map[string]any{"organizationId": rivalID}).blames(http.StatusNotFound, "")

	// A new device's guid, added by a manager, proves from then on; a guid adds no other.
	other := h.token(demoID, auth.PublicApp)
	h.put(path, other, map[string]any{"guid": guid("tablet")},
		withGuid(guid("anna"))).blames(http.StatusConflict, "guid")
	h.get(path, other, withGuid(guid("tablet"))).want(http.StatusForbidden)
	h.put(path, h.manager, map[string]any{"guid": guid("tablet")}).want(http.StatusOK)
	h.get(path, other, withGuid(guid("tablet"))).want(http.StatusOK)
}

func TestCustomerInfo(t *testing.T) {
	h := newHouse(t)
	id := h.register("anna")
	want := map[string]any{
		"status": "OK", "generated": true, "id": id, "extId": nil, "present": true, "policiesDue": []any{},
	}
	h.get("/v3/customers/"+id, h.manager).want(http.StatusOK).is(want)
	h.get("/v3/customers/"+id, h.app, withGuid(guid("anna"))).want(http.StatusOK).is(want)
	h.get("/v3/customers/"+id, h.rival).blames(http.StatusNotFound, "")
	h.get("/v3/customers/"+nobodyID, h.manager).blames(http.StatusNotFound, "").golden("customer-not-found.json")
}

// TestExists: all that is given must match, and no guid is needed.
func TestExists(t *testing.T) {
	h := newHouse(t)
	path := "/v2/customers/organizations/" + demoID + "/exist?"
	id := h.post("/v3/customers", h.app, with(person("anna"), map[string]any{
		"phoneNumber": "+39123456789", "extId": "e 1", "extProp1": "p1", "extProp2": "p2", "username": "anna-1",
	})).want(http.StatusCreated).text("id")
	there := map[string]any{"status": "OK", "generated": true, "present": true}
	for _, q := range []string{
		"cid=" + id, "extId=e+1", "extId=e%201", "extProp1=p1", "extProp2=p2", "username=anna-1",
		"email=ANNA@example.com",
		"phoneNumber=%2B39123456789", "phoneNumber=+39123456789", "phoneNumber=%20%2039123456789",
		"cid=" + id + "&email=anna@example.com&phoneNumber=&foo=%FF&email=anna@example.com",
	} {
		h.get(path+q, h.app).want(http.StatusOK).is(there)
	}
	for _, q := range []string{
		"cid=" + nobodyID, "cid=x", "extId=e", "username=ANNA-1", "email=b@example.com", "phoneNumber=+39123456788",
		"cid=" + id + "&email=b@example.com",
	} {
		h.get(path+q, h.app).blames(http.StatusNotFound, "")
	}
	h.get(path+"cid="+nobodyID, h.app).golden("exist-unknown.json")
	for q, field := range map[string]string{
		"": "cid", "foo=1": "cid", "email=": "cid", "email=a%00b": "email", "email=%FF": "email", "cid=%00": "cid",
		"username=a%00":   "username",
		"phoneNumber=123": "phoneNumber", "phoneNumber=%2B39123%0056789": "phoneNumber", "extId=1&extId=2": "extId",
		"email=%zz": "",
	} {
		h.get(path+q, h.app).blames(http.StatusConflict, field)
	}
	h.get("/v2/customers/organizations/"+rivalID+"/exist?email=anna@example.com", h.app).blames(http.StatusNotFound, "")
	h.get("/v2/customers/organizations/"+rivalID+"/exist?email=anna@example.com",
		h.rival).blames(http.StatusNotFound, "")
}

// TestMandatoryPolicies: nothing is written without them.
func TestMandatoryPolicies(t *testing.T) {
	h := newHouse(t)
	for name, policies := range map[string]any{
		"absent": nil, "empty": map[string]any{}, "no privacy": map[string]any{"termsOfUse": true},
		"refused":         map[string]any{"termsOfUse": true, "privacy": false},
		"refused as text": map[string]any{"termsOfUse": true, "privacy": "false"},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.in(t)
			a := h.post("/v3/customers", h.app, with(person("zoe"),
				map[string]any{"policies": policies})).want(http.StatusConflict)
			if field := a.text("field"); field != "policies.privacy" && field != "policies.termsOfUse" {
				t.Errorf("%s", a.raw)
			}
			h.get("/v2/customers/organizations/"+demoID+"/exist?email=zoe@example.com", h.app).want(http.StatusNotFound)
		})
	}
	h.post("/v3/customers", h.app, with(person("zoe"),
		map[string]any{"policies": map[string]any{
			"termsOfUse": true, "privacy": false,
		}})).golden("privacy-refused.json")
}

// TestIdempotency: the same request twice is one customer; another under the same key is an error.
func TestIdempotency(t *testing.T) {
	h := newHouse(t)
	key := header("Idempotency-Key", "order 1")
	body := []byte(`{"guid":"` + guid("anna") +
		`","email":"a@example.com","policies":{"termsOfUse":true,"privacy":true}}`)
	first := h.post("/v3/customers", h.app, body, key).want(http.StatusCreated)
	again := h.post("/v3/customers", h.app, body, key).want(http.StatusCreated)
	for _, member := range []string{"id", "username", "password", "activationUrl"} {
		if first.json[member] != again.json[member] {
			t.Errorf("%s: first %v, again %v", member, first.json[member], again.json[member])
		}
	}
	h.post("/v3/customers", h.app, append([]byte(" "), body...),
		key).blames(http.StatusConflict, "Idempotency-Key").golden("idempotency-other-body.json")
	h.post("/v3/customers?deduplicate=email", h.app, body, key).blames(http.StatusConflict, "Idempotency-Key")
	other := h.post("/v3/customers", h.token(demoID, "publicApp"), body, key).want(http.StatusCreated)
	if other.text("id") == first.text("id") {
		t.Error("a key of another client is another key")
	}

	without := []byte(`{"email":"b@example.com","policies":{"termsOfUse":true,"privacy":true}}`)
	key = header("Idempotency-Key", strings.Repeat("k", 255))
	h.post("/v3/customers", h.app, without, key, withGuid(guid("berta"))).want(http.StatusCreated)
	h.post("/v3/customers", h.app, without, key, withGuid(guid("thief"))).blames(http.StatusConflict, "Idempotency-Key")
	h.post("/v3/customers", h.app, without, key).blames(http.StatusConflict, "Idempotency-Key")
	if a := h.post("/v3/customers", h.app, without, key,
		withGuid(guid("berta"))).want(http.StatusCreated); a.json["password"] == nil {
		t.Errorf("a repeat with the guid has the password: %s", a.raw)
	}
	key = header("Idempotency-Key", "no guid")
	first = h.post("/v3/customers", h.app, without, key).want(http.StatusCreated)
	again = h.post("/v3/customers", h.app, without, key).want(http.StatusCreated)
	if first.text("id") != again.text("id") || first.json["password"] == nil || again.json["password"] != nil ||
		again.json["activationUrl"] != nil {
		t.Errorf("without a guid password and link are told once: %s, then %s", first.raw, again.raw)
	}
	for _, bad := range []string{"", strings.Repeat("k", 256), "a\tb", "é"} {
		h.post("/v3/customers", h.app, without, header("Idempotency-Key", bad)).blames(http.StatusConflict,
			"Idempotency-Key")
	}
}

// caller returns the caller of a token, for calls of the use cases.
func (h *house) caller(token string) *onboarding.Caller {
	h.Helper()
	p, err := h.service.Access.Authenticate(context.Background(), token)
	if err != nil {
		h.Fatal(err)
	}
	return &onboarding.Caller{Principal: p}
}

// TestMinimised: who refuses the processing of personal data leaves none, and connects all the
// same.
func TestMinimised(t *testing.T) {
	h := newHouse(t)
	body := with(person("anna"), map[string]any{
		"extId": "1", "phoneNumber": "+39123456789", "language": "it", "country": "IT", "ppd": false,
		"custom": map[string]any{"a": "b"},
		"device": map[string]any{"installId": "i"},
	})
	made := h.post("/v3/customers", h.app, body).want(http.StatusCreated)
	if made.json["extId"] != nil || made.json["password"] == nil {
		t.Errorf("%s", made.raw)
	}
	c, err := h.service.Registration.CustomerInfo(t.Context(), h.caller(h.manager), made.text("id"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, onboarding.Attributes{Language: "it", Country: "IT"}, c.Attributes)
	h.put("/v3/customers/"+c.ID, h.app, map[string]any{"firstName": "Anna", "guid": guid("anna")}).want(http.StatusOK)
	if c, err = h.service.Registration.CustomerInfo(t.Context(), h.caller(h.manager), c.ID); err != nil ||
		c.FirstName != "" {
		t.Errorf("%+v, %v", c, err)
	}
	h.get("/v3/customers/"+c.ID+"/profile?platform=ios", h.app, withGuid(guid("anna"))).want(http.StatusOK)
}

// TestAtOnce: of many equal requests at the same time exactly one makes a customer, by each of the
// three notations of the same value.
func TestAtOnce(t *testing.T) {
	h := newHouse(t)
	for name, way := range map[string]struct {
		query string
		body  map[string]any
		head  option
		rest  int // the status of the others
	}{
		"idempotency key": {"", person("anna"), header("Idempotency-Key", "1"), http.StatusCreated},
		"deduplication":   {"?deduplicate=guid", person("berta"), header("X", "1"), http.StatusOK},
		"user name": {
			"", with(person("carla"), map[string]any{"username": "carla"}), header("X", "1"), http.StatusConflict,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := h.in(t)
			answers := make([]*answer, 20)
			var wait sync.WaitGroup
			for i := range answers {
				wait.Go(func() { answers[i] = h.post("/v3/customers"+way.query, h.app, way.body, way.head) })
			}
			wait.Wait()
			created, ids := 0, map[any]bool{}
			for _, a := range answers {
				switch {
				case a.status == http.StatusCreated:
					created++
				case a.status != way.rest:
					t.Errorf("%d: %s", a.status, a.raw)
				}
				if a.status != http.StatusConflict {
					ids[a.json["id"]] = true
				}
			}
			if len(ids) != 1 || way.rest != http.StatusCreated && created != 1 {
				t.Errorf("%d customers, %d times created", len(ids), created)
			}
		})
	}
}

// TestPlaces: only the organization's own; a hotspot brings its location.
func TestPlaces(t *testing.T) {
	h := newHouse(t)
	for field, id := range map[string]string{"locationId": rivalID[:31] + "2", "hotspotId": rivalID[:31] + "3"} {
		h.post("/v3/customers", h.manager, with(person("anna"), map[string]any{field: id})).blames(http.StatusConflict,
			field)
	}
	a := h.post("/v3/customers", h.manager, with(person("anna"),
		map[string]any{"hotspotId": demoHotspot})).want(http.StatusCreated)
	if a.text("locationId") != demoLocation || a.text("hotspotId") != demoHotspot {
		t.Errorf("%s", a.raw)
	}
	h.put("/v3/customers/"+a.text("id"), h.app, map[string]any{"guid": guid("anna")}).want(http.StatusOK)
	if got := h.put("/v3/customers/"+a.text("id"), h.app,
		map[string]any{"guid": guid("anna")}).json["hotspotId"]; got != nil {
		t.Errorf("an app is told the hotspot %v", got)
	}
}
