package server

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// sample is a valid request to a route, and the parts that a test may invalidate.
type sample struct {
	path     string
	body     map[string]any // nil: the route reads none
	optional bool           // the body may be left out
	required []string       // members, dotted
	unnamed  int            // the status where one of required is missing, if not 409 naming it
	query    []string       // parameters that are looked at
}

// json is the good body, or none.
func (s sample) json() any {
	if s.body == nil {
		return nil
	}
	return s.body
}

// samples has one for every route with a token or a body; a new route without one fails
// TestBadInput.
func samples(id, installation, verification string) map[string]sample {
	org, customer := "/organizations/"+demoID, "/v3/customers/"+id
	device := map[string]any{
		"installId": "i-1", "bundle": "com.example.app", "vendorId": "v", "advId": "a", "os": "ios",
		"osVersion": "18.1", "device": "iPhone15,2",
		"created": "2022-07-08T08:08:44Z", "lastSeen": "2022-07-08T08:08:44Z", "pushToken": "p", "guid": guid("anna"),
		"pp_installed": true, "wpa2ent_installed": false,
	}
	update := map[string]any{
		"firstName": "Anna", "lastName": "Rossi", "title": "Dr", "email": "anna@example.com", "emailVerified": true,
		"phoneNumber":   "+39123456789",
		"phoneVerified": true, "gender": "F", "birthDate": "1990-02-28", "language": "it", "country": "IT",
		"zipCode":     "56121",
		"companyName": "ACME", "civilStatus": "single", "extId": "1", "extProp1": "2", "extProp2": "3",
		"document": map[string]any{
			"memberId": "a", "number": "b", "personalId": "c", "passportNumber": "d", "type": "e",
		},
		"policies":  map[string]any{"termsOfUse": true, "privacy": true, "mktgCommunications": false},
		"profiling": true, "ppd": true,
		"processingData": map[string]any{"profiling": true, "processingPersonalData": true},
		"custom":         map[string]any{"shoe": "42"}, "source": "app", "organizationId": demoID,
		"locationId": demoLocation,
		"hotspotId":  demoHotspot,
		"guid":       guid("anna"), "device": device, "browserLanguage": "it-IT",
	}
	create := with(update, map[string]any{"username": "anna-2", "password": "secret", "lock": false})
	report := map[string]any{
		"platform": "ios", "type": "passpoint", "installedBy": "com.example.app", "installed": "2022-07-08T08:08:44Z",
		"guid": guid("anna"),
	}
	return map[string]sample{
		"POST /v1/sts/login/services": {
			path: "/v1/sts/login/services", body: map[string]any{"clientKey": "ck-1", "clientSecret": "s"},
			required: []string{"clientKey", "clientSecret"}, unnamed: http.StatusUnauthorized,
		},
		"GET /v1/sts/services/:service":       {path: "/v1/sts/services/" + nobodyID},
		"POST /v1/sts/logout":                 {path: "/v1/sts/logout"},
		"GET /v1/organizations/:org/policies": {path: "/v1" + org + "/policies"},
		"GET /v3/organizations/:org/policies": {
			path: "/v3" + org + "/policies", query: []string{"lang"},
		},
		"GET /v4/organizations/:org/devices/:device/settings": {path: "/v4" + org +
			"/devices/ios_com.example.app/settings"},
		"POST /v3/customers": {
			path: "/v3/customers", body: create,
			required: []string{"policies", "policies.termsOfUse", "policies.privacy"}, query: []string{"deduplicate"},
		},
		"GET /v2/customers/organizations/:org/exist": {
			path:  "/v2/customers" + org + "/exist",
			query: []string{"cid", "extId", "extProp1", "extProp2", "username", "email", "phoneNumber"},
		},
		"POST /v3/customers/credential/check": {path: "/v3/customers/credential/check", body: map[string]any{
			"username": "u", "password": "p", "organizationId": demoID, "guid": guid("anna"),
		},
			required: []string{"username", "password", "organizationId"}},
		"GET /v3/customers/:id": {path: customer},
		"PUT /v3/customers/:id": {path: customer, body: update},
		"POST /v3/customers/:id/devices": {
			path: customer + "/devices", body: device, required: []string{"installId"},
		},
		"GET /v3/customers/:id/profile": {
			path: customer + "/profile", query: []string{"platform"},
		},
		"POST /v3/customers/:id/installations": {
			path: customer + "/installations", body: report,
			required: []string{"platform", "type", "installedBy", "installed"},
		},
		"GET /v3/customers/:id/installations": {path: customer + "/installations"},
		"DELETE /v3/customers/:id/installations/:installation": {
			path: customer + "/installations/" + installation, body: map[string]any{"guid": guid("anna")},
			optional: true,
		},
		"POST /v3/customers/:id/verifications": {
			path: customer + "/verifications", body: map[string]any{"channel": "email", "guid": guid("anna")},
			required: []string{"channel"},
		},
		"POST /v3/customers/:id/verifications/:verification": {
			path: customer + "/verifications/" + verification,
			body: map[string]any{"code": "314159", "guid": guid("anna")}, required: []string{"code"},
		},
		"GET /v3/customers/:id/guids":          {path: customer + "/guids"},
		"DELETE /v3/customers/:id/guids/:guid": {path: customer + "/guids/" + guidID(guid("anna"))},
		"POST /v3/customers/:id/lock":          {path: customer + "/lock"},
		"POST /v3/customers/:id/unlock":        {path: customer + "/unlock"},
		"POST /v3/customers/:id/rotate":        {path: customer + "/rotate"},
		"GET /v1/organizations/:org/events": {
			path: "/v1" + org + "/events",
			query: []string{
				"dateStart", "dateEnd", "events", "size", "sortBy", "sortReverse", "enableScroll", "scrollId",
			},
		},
		"GET /v3/locations/organizations/:org": {path: "/v3/locations" + org},
		"GET /v3/locations/:location":          {path: "/v3/locations/" + demoLocation},
		"GET /v3/hotspots/organizations/:org":  {path: "/v3/hotspots" + org},
		"GET /v3/hotspots/:hotspot":            {path: "/v3/hotspots/" + demoHotspot},
		"GET /v2/customers/:id/events": {
			path: "/v2/customers/" + id + "/events", query: []string{"sid", "size"},
		},
		"GET /v2/customers/:id/connectivity": {path: "/v2/customers/" + id + "/connectivity"},
		"GET /v3/customers/:id/connectivity": {path: customer + "/connectivity"},
		"GET /v2/organizations/:org/refusals": {
			path: "/v2" + org + "/refusals", query: []string{"from", "to"},
		},
		"GET /v2/organizations/:org/statistics": {
			path: "/v2" + org + "/statistics", query: []string{"from", "to", "by"},
		},
		"GET /v2/organizations/:org/webhooks": {path: "/v2" + org + "/webhooks"},
		"GET /v2/organizations/:org/webhooks/:webhook/deliveries": {
			path: "/v2" + org + "/webhooks/" + demoWebhook + "/deliveries", query: []string{"state", "size", "before"},
		},
		"POST /v2/organizations/:org/webhooks/:webhook/replay": {
			path: "/v2" + org + "/webhooks/" + demoWebhook + "/replay", optional: true,
		},
		"POST /v2/organizations/:org/webhooks/:webhook/test": {
			path: "/v2" + org + "/webhooks/" + demoWebhook + "/test",
		},
		"POST /v2/organizations/:org/webhooks/:webhook/enable": {
			path: "/v2" + org + "/webhooks/" + demoWebhook + "/enable",
		},
		"POST /v2/organizations/:org/webhooks/:webhook/rotate": {
			path: "/v2" + org + "/webhooks/" + demoWebhook + "/rotate", body: map[string]any{"overlap": 60},
			optional: true,
		},
		"GET /v2/customers/:id/accountings": {path: "/v2/customers/" + id + "/accountings"},
		"GET /v2/customers/:id/devices":     {path: "/v2/customers/" + id + "/devices"},
		"POST /v2/customers/:id/token": {
			path: "/v2/customers/" + id + "/token", body: map[string]any{"expiresIn": 60, "maxHits": 2}, optional: true,
		},
		"GET /v2/customers/organizations/:org": {path: "/v2/customers" +
			org,
			query: []string{"size", "hasEmail", "emailVerified", "hasPhone", "phoneVerified", "signupMethods",
				"locationCids",
				"segmentCids", "createdStart", "createdEnd", "modifiedStart", "modifiedEnd", "mktgCommunications",
				"ageVerification", "customOptIn.mail", "customOptin.mail", "sortBy", "sortReverse",
				"q", "email", "phoneNumber", "username", "extId", "extProp1", "extProp2"}},
		"GET /v2/customers/:id":        {path: "/v2/customers/" + id},
		"GET /v3/customers/:id/export": {path: customer + "/export"},
		"PUT /v1/customers/:id/policies": {
			path: "/v1/customers/" + id + "/policies",
			body: map[string]any{"policies": []any{map[string]any{
				"policyKey": "mktgCommunications", "accepted": true,
			}}},
		},
		"DELETE /v1/customers/:id": {path: "/v1/customers/" + id},
	}
}

// TestBadInput makes every route's good request bad in every way that a client can.
func TestBadInput(t *testing.T) {
	h := newHouse(t)
	id := h.register("anna")
	installation := h.post("/v3/customers/"+id+"/installations", h.manager, map[string]any{
		"platform": "ios", "type": "passpoint", "installedBy": "a",
		"installed": "2022-07-08T08:08:44Z"}).want(http.StatusCreated).text("id")
	verification := h.startBy(h.manager, id, onboarding.VerifyEmail).want(http.StatusAccepted).text("id")
	all := samples(id, installation, verification)
	for _, r := range h.apiRoutes() {
		name := r.Method + " " + r.Pattern
		t.Run(strings.ReplaceAll(strings.TrimPrefix(name, "/"), "/", "|"), func(t *testing.T) {
			h := h.in(t)
			s, ok := all[name]
			if !ok {
				t.Fatal("the route has no sample")
			}
			token := h.manager
			if r.Access == web.Anybody {
				token = ""
			}
			send := func(body any, options ...option) *answer {
				t.Helper()
				return h.call(r.Method, s.path, token, body, options...)
			}
			if r.Access != web.Anybody {
				h.call(r.Method, s.path, "", s.json()).blames(http.StatusUnauthorized, "").golden("no-token.json")
				h.call(r.Method, s.path, "nonsense", s.json()).blames(http.StatusForbidden, "").golden("bad-token.json")
			}
			h.strangers(t, r, s)
			for _, name := range s.query {
				for _, bad := range []string{"%FF", "a%00b"} {
					h.call(r.Method, s.path+"?"+name+"="+bad, token, s.json()).blames(http.StatusConflict, name)
				}
				h.call(r.Method, s.path+"?"+name+"=%zz", token,
					s.json()).blames(http.StatusConflict, "").golden("malformed-query.json")
			}
			big := bytes.Repeat([]byte(" "), 2<<20)
			send(big).blames(http.StatusRequestEntityTooLarge, "").golden("too-large.json")
			if s.body == nil {
				return
			}
			// chunked
			send(io.MultiReader(bytes.NewReader(big), strings.NewReader("{}"))).blames(http.StatusRequestEntityTooLarge,
				"")
			good, err := json.Marshal(s.body)
			if err != nil {
				t.Fatal(err)
			}
			if !s.optional {
				send([]byte{}).blames(http.StatusConflict, "").golden("empty-body.json")
				send([]byte(" \n")).blames(http.StatusConflict, "")
			}
			for bad, golden := range map[string]string{
				"{": "malformed.json", "[]": "no-object.json", "null": "no-object.json", `"text"`: "no-object.json",
				"1":                "no-object.json",
				string(good) + "x": "", string(good) + "{}": "something-follows.json", `{"a":1,}`: "", "{'a':1}": "",
				`{"a":}`: "", "\x00": "", "\xef\xbb\xbf{}": "",
				"{\"a\":\"\xff\"}": "invalid-utf8.json", "{\"\xc3\x28\":1}": "invalid-utf8.json", `{"a":"\ud800"}`: "",
				"{\"a\":\"\x00\"}": "", `{"a":tru}`: "",
				`{"a":01}`: "", `{"a":1e}`: "", `{"a":NaN}`: "",
				`{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}": "too-deep.json",
				strings.Repeat(`{"a":`, 600) + "1" + strings.Repeat("}", 600):       "too-deep.json",
				strings.Repeat("[", 4000): "",
			} {
				a := send([]byte(bad)).blames(http.StatusConflict, "")
				if golden != "" {
					a.golden(golden)
				}
			}
			send([]byte(`{"x":{"y":1,"y":2}}`)).blames(http.StatusConflict, "x.y").golden("given-twice.json")
			for _, path := range members(s.body, "") {
				for _, wrong := range wrongFor(path, at(s.body, path)) {
					a := send(changed(s.body, path, wrong))
					if a.blames(http.StatusConflict, path); !strings.Contains(a.text("message"), "not ") {
						t.Errorf("%s", a.raw)
					}
				}
				if text, ok := at(s.body, path).(string); ok && path != "clientKey" && path != "clientSecret" &&
					path != "guid" && path != "device.guid" {
					h.nul(t, send(changed(s.body, path, text+"\x00")), path)
				}
			}
			for _, path := range s.required {
				for _, body := range []map[string]any{changed(s.body, path, absent), changed(s.body, path, nil)} {
					if s.unnamed != 0 {
						send(body).blames(s.unnamed, "")
						continue
					}
					field := path
					if path == "policies" {
						field = "policies.termsOfUse"
					}
					send(body).blames(http.StatusConflict, field)
				}
			}
		})
	}
	// Nothing of all this has changed the customer.
	c, err := h.service.Registration.CustomerInfo(t.Context(), h.caller(h.manager), id)
	if err != nil {
		t.Fatal(err)
	}
	if c.FirstName != "anna" || c.LastName != "" || c.Email != "anna@example.com" {
		t.Errorf("half-written: %+v", c.Attributes)
	}
}

// strangers: an unknown organization or customer and another tenant's are the same 404.
func (h *house) strangers(t *testing.T, r web.Route, s sample) {
	t.Helper()
	var told []byte
	check := func(a *answer) {
		t.Helper()
		a.blames(http.StatusNotFound, "")
		shown := requestIDPattern.ReplaceAll(a.raw, nil)
		if told == nil {
			told = shown
		}
		if !bytes.Equal(told, shown) {
			t.Errorf("%s: told apart\n%s\n%s", a.what, told, shown)
		}
	}
	customer := ""
	if parts := strings.Split(s.path, "/"); strings.Contains(r.Pattern, "/:id") {
		customer = parts[3]
	}
	switch {
	case strings.Contains(r.Pattern, ":org"):
		for _, id := range []string{rivalID, nobodyID, "x", "%00", "%FF"} {
			check(h.call(r.Method, strings.Replace(s.path, demoID, id, 1)+"?email=a@example.com", h.manager, s.json()))
		}
	case customer != "":
		for _, id := range []string{nobodyID, "x", "%00", "%FF", strings.ToUpper(customer)} {
			check(h.call(r.Method, strings.Replace(s.path, customer, id, 1), h.manager, s.json()))
		}
		check(h.call(r.Method, s.path, h.rival, s.json()))
	case s.body["organizationId"] != nil:
		for _, id := range []string{rivalID, nobodyID, "x", "\x00"} {
			check(h.call(r.Method, s.path, h.manager, with(s.body, map[string]any{"organizationId": id})))
		}
	}
}

// nul: a NUL byte in a member is refused and the member named; in an organization's ID it makes an
// unknown one.
func (h *house) nul(t *testing.T, a *answer, path string) {
	t.Helper()
	if path == "organizationId" {
		a.blames(http.StatusNotFound, "")
		return
	}
	a.blames(http.StatusConflict, path)
}

// members lists the dotted names of a body, nested ones included, in order.
func members(m map[string]any, prefix string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		names = append(names, prefix+name)
		if nested, ok := m[name].(map[string]any); ok {
			names = append(names, members(nested, prefix+name+".")...)
		}
	}
	return names
}

func at(m map[string]any, path string) any {
	name, rest, nested := strings.Cut(path, ".")
	if nested {
		return at(m[name].(map[string]any), rest)
	}
	return m[name]
}

// absent marks a member to leave out.
const absent = "\x00absent"

// changed returns a copy of m with another value at path.
func changed(m map[string]any, path string, value any) map[string]any {
	c := maps.Clone(m)
	name, rest, nested := strings.Cut(path, ".")
	switch {
	case nested:
		c[name] = changed(c[name].(map[string]any), rest, value)
	case value == absent:
		delete(c, name)
	default:
		c[name] = value
	}
	return c
}

// wrongFor returns values of other types than v's. Custom members may have any simple type.
func wrongFor(path string, v any) []any {
	list, object := []any{}, map[string]any{"a": []any{map[string]any{}}}
	if strings.HasPrefix(path, "custom.") {
		return []any{list, object}
	}
	switch v.(type) {
	case string:
		return []any{1, true, list, object}
	case bool:
		return []any{1, "yes", "TRUE", "", list, object}
	case int:
		return []any{"1.5", "", " 1", "0x1", 1.5, true, list, object, 1e300}
	}
	return []any{1, "text", true, list}
}
