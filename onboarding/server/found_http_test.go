package server

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
	"onramp/onboarding/store"
	"onramp/onboarding/testkit"
	"onramp/onboarding/testkit/postgres"
)

// blamed are the fields of an error, in order.
func (a *answer) blamed() []string {
	a.t.Helper()
	var fields []string
	list, ok := a.json["fields"].([]any)
	if !ok {
		a.t.Fatalf("%s: no fields: %s", a.what, a.raw)
	}
	for i, one := range list {
		member := one.(map[string]any)
		if i == 0 && (member["field"] != a.json["field"] || member["message"] != a.json["message"]) {
			a.t.Errorf("%s: the first of fields is not field and message: %s", a.what, a.raw)
		}
		if !strings.HasPrefix(member["message"].(string), member["field"].(string)+": ") {
			a.t.Errorf("%s: a message does not begin with its field: %s", a.what, a.raw)
		}
		fields = append(fields, member["field"].(string))
	}
	return fields
}

// TestFoundF1Bodies: each route takes as much as its members need and no more, whatever the members
// are.
func TestFoundF1Bodies(t *testing.T) {
	h := newHouse(t)
	id := h.register("anna")
	all := samples(id, nobodyID, nobodyID)
	limits := map[string]int{
		"POST /v1/sts/login/services": 4 << 10, "POST /v3/customers/credential/check": 16 << 10,
		"POST /v3/customers/:id/installations": 16 << 10, "POST /v3/customers": 64 << 10,
		"PUT /v3/customers/:id": 64 << 10,
	}
	for _, r := range h.apiRoutes() {
		name := r.Method + " " + r.Pattern
		s, ok := all[name]
		if !ok || r.Method == http.MethodGet {
			continue
		}
		t.Run(strings.ReplaceAll(name, "/", "|"), func(t *testing.T) {
			h := h.in(t)
			limit := limits[name]
			if limit == 0 {
				limit = 64 << 10
			}
			token := h.manager
			if r.Access == web.Anybody {
				token = ""
			}
			for _, filler := range []string{"[],", `{},`, `"",`, "0,"} {
				raw := `{"ignored":[` + strings.Repeat(filler, limit/len(filler)+1) + `0]}`
				h.call(r.Method, s.path, token, []byte(raw)).blames(http.StatusRequestEntityTooLarge, "")
				if s.body != nil {
					h.call(r.Method, s.path, token,
						io.MultiReader(strings.NewReader(raw))).blames(http.StatusRequestEntityTooLarge, "")
				}
			}
			if s.body == nil || r.BodyLimit < 32<<10 {
				return
			}
			many := `{"ignored":[` + strings.Repeat("[],", 9000) + `0]}`
			a := h.call(r.Method, s.path, token, []byte(many)).blames(http.StatusConflict, "")
			if !strings.Contains(a.text("message"), "more than 8192 values") {
				t.Errorf("%s", a.raw)
			}
		})
	}
	// Unknown members are skipped at any depth, but must be JSON without repeated members.
	body := with(person("berta"), map[string]any{
		"x": map[string]any{"guid": 7, "policies": []any{1, map[string]any{"a": nil}}}, "y": []any{[]any{[]any{"z"}}},
	})
	h.post("/v3/customers", h.app, body).want(http.StatusCreated)
	h.post("/v3/customers", h.app, []byte(`{"x":{"a":{"b":1,"b":2}}}`)).blames(http.StatusConflict, "x.a.b")
	h.post("/v3/customers", h.app, []byte(`{"x":[{"b":1,"b":2}]}`)).want(http.StatusConflict)
	h.post("/v3/customers", h.app, []byte(`{"x":[1,}`)).blames(http.StatusConflict, "")
	// A form of many fields and a query of many parameters.
	fields := strings.Repeat("a&", 300)
	h.post("/portal/"+demoID, "", []byte(fields), header("Content-Type",
		"application/x-www-form-urlencoded")).want(http.StatusConflict)
	h.get("/v2/customers/organizations/"+demoID+"?"+fields, h.manager).want(http.StatusConflict)
	h.get("/portal/"+demoID+"?"+fields, "").want(http.StatusOK) // the portal's, not the visitor's
}

// TestFoundF1Budget: bodies in flight share a budget; beyond it the answer is 503 with Retry-After,
// and FreeRADIUS has a part of its own. The memory is released.
func TestFoundF1Budget(t *testing.T) {
	h := newRadiusHouse(t)
	taken := h.server.bodies.Share(web.BodyBudget)
	if err := taken.Grow(web.PublicBodyBudget); err != nil {
		t.Fatal(err)
	}
	a := h.post("/v3/customers", h.app, person("anna")).blames(http.StatusServiceUnavailable, "")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if a := h.ask("/aaa/authorize", `{"User-Name":"nobody"}`); a.status != http.StatusUnauthorized {
		t.Errorf("FreeRADIUS: %d", a.status)
	}
	taken.Release()
	h.post("/v3/customers", h.app, person("anna")).want(http.StatusCreated)
	if used := h.server.bodies.InUse(); used != 0 {
		t.Errorf("%d bytes are still taken", used)
	}
}

// TestFoundA8: requests of existing clients of the API.
func TestFoundA8(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		truths := map[string]any{"termsOfUse": "true", "privacy": "true", "mktgCommunications": "false"}
		made := h.post("/v3/customers?deduplicate=extPro2", h.app, with(person("anna"), map[string]any{
			"policies": truths, "profiling": "true", "ppd": "true", "lock": "false", "emailVerified": "true",
			"phoneVerified":  "false",
			"processingData": map[string]any{"profiling": "true", "processingPersonalData": "true"},
			"extProp2":       "ext-2",
			"custom":         `{"shoe":42,"member":true,"club":"A","none":null}`,
			"device":         map[string]any{"installId": "i", "pp_installed": "true", "wpa2ent_installed": "false"},
		})).want(http.StatusCreated)
		id := made.text("id")
		c, err := h.service.Registration.CustomerInfo(t.Context(), h.caller(h.manager), id)
		if err != nil {
			t.Fatal(err)
		}
		if c.Profiling == nil || !*c.Profiling || c.PPD == nil || !*c.PPD || c.Locked || c.EmailClaimed == nil ||
			!*c.EmailClaimed ||
			c.PhoneClaimed == nil || *c.PhoneClaimed || c.ExtProp2 != "ext-2" {
			t.Errorf("%+v", c)
		}
		if len(c.Custom) != 3 || c.Custom["shoe"] != "42" || c.Custom["member"] != "true" || c.Custom["club"] != "A" {
			t.Errorf("custom is %v", c.Custom)
		}
		// Their own spelling of extProp2, wherever it may come: the key, the member, the
		// parameters.
		for _, member := range []string{"extProp2", "extPro2"} {
			for _, key := range []string{"extProp2", "extPro2", "extId,extPro2"} {
				hit := h.post("/v3/customers?deduplicate="+key, h.app,
					with(person("anna"), map[string]any{member: "ext-2"})).want(http.StatusOK)
				if hit.text("id") != id {
					t.Errorf("%s and %s find another", member, key)
				}
			}
			h.get("/v2/customers/organizations/"+demoID+"/exist?"+member+"=ext-2", h.app).want(http.StatusOK)
			h.get("/v2/customers/organizations/"+demoID+"/exist?"+member+"=ext-3", h.app).want(http.StatusNotFound)
			if n := h.get("/v2/customers/organizations/"+demoID+"?"+member+"=ext-2",
				h.manager).want(http.StatusOK).json["totalCount"]; n != 1.0 {
				t.Errorf("%s finds %v", member, n)
			}
		}
		h.put("/v3/customers/"+id, h.manager, map[string]any{
			"extProp2": "a", "extPro2": "b",
		}).blames(http.StatusConflict, "extPro2")
		h.get("/v2/customers/organizations/"+demoID+"?extProp2=a&extPro2=b",
			h.manager).blames(http.StatusConflict, "extPro2")
		// An update, a lock at once, decisions, a device, a link.
		h.put("/v3/customers/"+id, h.manager, map[string]any{
			"emailVerified": "true", "profiling": "false", "custom": `{"shoe":"43"}`,
		}).want(http.StatusOK)
		if c, err = h.service.Registration.CustomerInfo(t.Context(), h.caller(h.manager),
			id); err != nil || !c.EmailVerified || *c.Profiling || c.Custom["shoe"] != "43" {
			t.Errorf("%+v, %v", c, err)
		}
		locked := h.post("/v3/customers", h.manager,
			with(person("locked"), map[string]any{"lock": "true"})).want(http.StatusCreated).text("id")
		if c, err := h.service.Registration.CustomerInfo(t.Context(), h.caller(h.manager), locked); err != nil ||
			!c.Locked {
			t.Errorf("not locked: %+v, %v", c, err)
		}
		decided := h.put("/v1/customers/"+id+"/policies", h.manager, map[string]any{
			"policies": []any{map[string]any{
				"policyKey": "mktgCommunications", "accepted": "true",
			}}}).want(http.StatusOK)
		if decided.json["mktgCommunications"] != true {
			t.Errorf("%s", decided.raw)
		}
		h.post("/v3/customers/"+id+"/devices", h.manager,
			map[string]any{"installId": "i", "pp_installed": "false"}).want(http.StatusOK)
		// Other values are refused, and a text that is not JSON.
		for field, bad := range map[string]any{
			"lock": "yes", "profiling": "1", "emailVerified": "TRUE", "custom": "shoe=42", "policies": "true",
			"document": "[1]",
		} {
			h.post("/v3/customers", h.app, with(person("bad"), map[string]any{field: bad})).blames(http.StatusConflict,
				field)
		}
		for _, bad := range []string{`{"shoe":42`, `{"shoe":42}x`, `[]`} {
			h.post("/v3/customers", h.app, with(person("bad"),
				map[string]any{"custom": bad})).blames(http.StatusConflict, "custom")
		}
		h.post("/v3/customers", h.app, with(person("bad"),
			map[string]any{"custom": `{"shoe":42,"shoe":43}`})).blames(http.StatusConflict, "custom.shoe")
		h.post("/v3/customers", h.app, with(person("bad"),
			map[string]any{"custom": `{"shoe":[42]}`})).blames(http.StatusConflict, "custom.shoe")
	})
}

// TestFoundC10: all errors of a request are reported at once, in the order of the
// contract, each time the same.
func TestFoundC10(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		id := h.register("anna")
		long := strings.Repeat("x", 300)
		search, events := "/v2/customers/organizations/"+demoID, "/v1/organizations/"+demoID+"/events"
		for _, c := range []struct {
			method, path string
			body         any
			fields       []string
			options      []option
		}{
			{"POST", "/v3/customers?deduplicate=shoeSize", map[string]any{
				"username": "", "password": strings.Repeat("p", 190), "firstName": long, "email": "nope",
				"phoneNumber": "x", "gender": "?",
				"birthDate": "yesterday", "language": "xx1", "country": "Atlantis",
				"policies":   map[string]any{"termsOfUse": true, "privacy": "perhaps"},
				"custom":     map[string]any{"b": long + long + long + long, "a": []any{}},
				"document":   map[string]any{"number": 7, "type": long},
				"locationId": "nowhere", "guid": "short",
				"device": map[string]any{"created": "soon", "pp_installed": 3}, "lock": 1, "source": long,
			}, []string{
				"username", "password", "firstName", "email", "phoneNumber", "gender", "birthDate", "language",
				"country", "document.number",
				"document.type", "policies.privacy", "custom.a", "custom.b", "lock", "source", "locationId", "guid",
				"device.pp_installed",
				"device.created", "deduplicate",
			}, nil},
			{"POST", "/v3/customers", map[string]any{"policies": map[string]any{}, "email": 5, "phoneNumber": "1"},
				[]string{"email", "phoneNumber", "policies.termsOfUse", "policies.privacy"}, nil},
			{"POST", "/v3/customers", with(person("x"),
				map[string]any{"email": "nope"}), []string{"email", "Idempotency-Key"},
				[]option{header("Idempotency-Key", "é")}},
			{"PUT", "/v3/customers/" + id, map[string]any{"username": "a", "password": "b", "lock": true,
				"email": "nope", "country": 5,
				"policies": map[string]any{"privacy": false, "termsOfUse": false}},
				[]string{"username", "password", "email", "country", "policies.termsOfUse", "policies.privacy", "lock"},
				nil},
			{"POST", "/v3/customers/" + id + "/devices", map[string]any{
				"installId": "", "os": long, "created": "soon", "lastSeen": 5, "pp_installed": "maybe",
			},
				[]string{"lastSeen", "pp_installed", "installId", "os", "created"}, nil},
			{"POST", "/v3/customers/" + id + "/installations", map[string]any{
				"platform": "amiga", "type": 7, "installed": "soon",
			},
				[]string{"platform", "type", "installedBy", "installed"}, nil},
			{
				"POST", "/v2/customers/" + id + "/token", map[string]any{"expiresIn": 0, "maxHits": "many"},
				[]string{"maxHits", "expiresIn"}, nil,
			},
			{"PUT", "/v1/customers/" + id + "/policies", map[string]any{"policies": []any{
				map[string]any{"policyKey": "unheard", "accepted": true},
				map[string]any{"policyKey": "mktgCommunications", "accepted": 7}, "x",
				map[string]any{"accepted": true}, map[string]any{"policyKey": "privacy", "accepted": false},
			}}, []string{
				"policies[1].accepted", "policies[2]", "policies[3].policyKey", "policies[0].policyKey",
				"policies.privacy",
			}, nil},
			{"GET", search + "?size=0&hasEmail=x&createdStart=soon&sortBy=shoe&sortReverse=true&locationCids=x&" +
				"email=&phoneNumber=12&size=0", nil,
				[]string{"size", "hasEmail", "locationCids", "createdStart", "sortBy", "email", "phoneNumber"}, nil},
			{
				"GET", search + "?sortReverse=true&modifiedEnd=x&emailVerified=2", nil,
				[]string{"emailVerified", "modifiedEnd", "sortReverse"}, nil,
			},
			{"GET", events + "?dateStart=x&dateEnd=y&size=0&sortReverse=maybe&sortBy=shoe&events=visit,party", nil,
				[]string{"dateStart", "dateEnd", "size", "sortReverse", "events", "sortBy"}, nil},
			{
				"GET", search + "/exist?email=%FF&extId=" + long + "&phoneNumber=12", nil,
				[]string{"email", "extId", "phoneNumber"}, nil,
			},
			{
				"POST", "/v3/customers/credential/check", map[string]any{"guid": 5},
				[]string{"guid", "username", "password", "organizationId"}, nil,
			},
			{"GET", "/v2/customers/" + id + "/events?size=x&sid=%FF", nil, []string{"size", "sid"}, nil},
		} {
			for range 3 {
				a := h.call(c.method, c.path, h.manager, c.body, c.options...).want(http.StatusConflict)
				if got := a.blamed(); !slices.Equal(got, c.fields) {
					t.Errorf("%s %s:\n%q, want\n%q", c.method, c.path, got, c.fields)
				}
			}
		}
		if got := h.get("/v3/customers/"+nobodyID, h.manager).want(http.StatusNotFound).blamed(); len(got) != 0 {
			t.Errorf("an error that blames no field has %v", got)
		}
		// An error of many faults is not of any size.
		many := map[string]any{}
		for i := range 1000 {
			many[fmt.Sprint("k", i)] = []any{}
		}
		if got := h.post("/v3/customers", h.app, with(person("x"),
			map[string]any{"custom": many})).want(http.StatusConflict).blamed(); len(got) != 100 {
			t.Errorf("%d faults are listed", len(got))
		}
	})
}

// TestFoundC10Page: missing and invalid fields of a form are reported at once.
func TestFoundC10Page(t *testing.T) {
	v := newVenue(t, func(o *onboarding.Organization) {
		o.Portal.Fields = []string{"firstName", "email", "phoneNumber", "birthDate"}
	})
	action, form := v.form("/portal/" + demoID)
	form.Del("firstName")
	form.Set("email", "nope")
	form.Set("phoneNumber", "12")
	form.Set("birthDate", "yesterday")
	form.Del("policies.termsOfUse")
	page := v.browse(http.MethodPost, action, form).want(http.StatusConflict)
	for _, id := range []string{"f-firstName", "f-email", "f-phoneNumber", "f-birthDate", "f-policies.termsOfUse"} {
		if !slices.Contains(page.hrefs(), "#"+id) {
			t.Errorf("no line leads to %s: %v", id, page.hrefs())
		}
	}
}

// slowly makes every read of customers take for ever, as a table of any size would.
const slowly = `CREATE VIEW customers AS SELECT kept.* FROM customers_kept kept WHERE (
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n) > 0`

// TestFoundH3: no request goes on without end. When its time is up, the answer is 503 with the
// reason and Retry-After, the statement has ended in the database, and others are served.
func TestFoundH3(t *testing.T) {
	brief := func(c *Config) { c.RequestTime = 500 * time.Millisecond }
	test := func(t *testing.T, h *house, id string) {
		// More at once than there are connections to the database: were their statements to go on,
		// no request would be served.
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				a := h.get("/v2/customers/organizations/"+demoID+"?createdStart=2020-01-01T00:00:00Z",
					h.manager).blames(http.StatusServiceUnavailable, "")
				if !strings.Contains(a.text("message"), "time limit of 1s") || a.header.Get("Retry-After") == "" {
					t.Errorf("%s, Retry-After %q", a.raw, a.header.Get("Retry-After"))
				}
			})
		}
		wait.Wait()
		h.get("/v3/customers/"+id, h.manager).blames(http.StatusServiceUnavailable, "")
		h.get("/v1/organizations/"+demoID+"/policies", h.manager).want(http.StatusOK)
	}
	t.Run("SQLite", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "onramp.db")
		db, err := store.OpenSQLite(t.Context(), file, store.Options{Readers: 4})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		h := newHouseOn(t, db, nil, brief)
		id := h.register("anna")
		other, err := sql.Open("sqlite", "file:"+file)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		for _, statement := range []string{"ALTER TABLE customers RENAME TO customers_kept", slowly} {
			if _, err := other.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		test(t, h, id)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		postgres := postgres.Require(t)
		url := testkit.NewPostgres(t, postgres)
		h := newHouseOn(t, testkit.OpenPostgres(t, url), nil, brief)
		id := h.register("anna")
		other, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		tx, err := other.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.ExecContext(t.Context(), "LOCK TABLE customers IN ACCESS EXCLUSIVE MODE"); err != nil {
			t.Fatal(err)
		}
		test(t, h, id)
		// A write too, of which nothing is kept.
		h.put("/v3/customers/"+id, h.manager, map[string]any{"firstName": "Half"}).blames(http.StatusServiceUnavailable,
			"")
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		c, err := h.service.Registration.CustomerInfo(t.Context(), h.caller(h.manager), id)
		if err != nil || c.FirstName != "anna" {
			t.Errorf("half-written: %+v, %v", c, err)
		}
	})
}

// TestFoundF12HSTS: browsers come back by https alone where the public URL is https under a name of
// its own, whatever is asked.
func TestFoundF12HSTS(t *testing.T) {
	for public, want := range map[string]string{
		"https://wifi.example.com": "max-age=31536000", "https://wifi.example.com:8443": "max-age=31536000",
		"http://wifi.example.com": "", "https://127.0.0.1:8080": "", "https://[::1]:8080": "", "https://localhost": "",
		"": "",
	} {
		h := newHouse(t, func(c *Config) { c.PublicURL = public })
		for _, path := range []string{
			"/portal/" + demoID, "/nowhere", "/openapi.yaml", "/v3/customers/" + nobodyID, "/go",
		} {
			answer := httptest.NewRecorder()
			h.server.API().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
			if got := answer.Header().Get("Strict-Transport-Security"); got != want {
				t.Errorf("%s%s: %q, want %q", public, path, got, want)
			}
		}
	}
}
