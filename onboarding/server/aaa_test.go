package server

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// radiusHouse is a house with FreeRADIUS's listener.
type radiusHouse struct {
	*house
	aaa *httptest.Server
}

func newRadiusHouse(t *testing.T, change ...func(*Config)) *radiusHouse {
	t.Helper()
	h := &radiusHouse{house: newHouse(t, change...)}
	h.aaa = httptest.NewServer(describe(t, h.server.AAA()))
	t.Cleanup(h.aaa.Close)
	return h
}

// ask posts to the AAA listener as FreeRADIUS does.
func (h *radiusHouse) ask(path, body string, options ...option) *answer {
	h.Helper()
	request, err := http.NewRequest(http.MethodPost, h.aaa.URL+path, strings.NewReader(body))
	if err != nil {
		h.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth("radius", "aaa-secret")
	for _, o := range options {
		o(request)
	}
	response, err := h.aaa.Client().Do(request)
	if err != nil {
		h.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		h.Fatal(err)
	}
	return &answer{t: h.TB, what: path, status: response.StatusCode, header: response.Header, raw: raw}
}

func (h *radiusHouse) customer(username, password string) string {
	h.Helper()
	a := h.post("/v3/customers", h.manager, map[string]any{
		"organizationId": demoID, "username": username, "password": password,
		"policies":  map[string]any{"termsOfUse": true, "privacy": true},
		"profiling": true, "ppd": true,
	})
	a.want(http.StatusCreated)
	return a.text("id")
}

// issued is the User-Name that an Access-Accept gives the customer.
func (h *radiusHouse) issued(username string) string {
	h.Helper()
	return h.ask("/aaa/authorize", fmt.Sprintf(`{"User-Name":%q}`,
		username)).want(http.StatusOK).value("reply:User-Name")
}

// value is an attribute of an answer to FreeRADIUS.
func (a *answer) value(name string) string {
	a.t.Helper()
	var pairs map[string]struct{ Value []string }
	if err := json.Unmarshal(a.raw, &pairs); err != nil || len(pairs[name].Value) != 1 {
		a.t.Fatalf("%s: no %s in %s", a.what, name, a.raw)
	}
	return pairs[name].Value[0]
}

func basic(user, secret string) option { return func(r *http.Request) { r.SetBasicAuth(user, secret) } }

func TestRadiusSecret(t *testing.T) {
	h := newRadiusHouse(t)
	h.customer("anna", "secret")
	body := `{"User-Name":"anna"}`
	h.ask("/aaa/authorize", body).want(http.StatusOK)
	for _, c := range []struct {
		name   string
		option option
	}{
		{"no credential", func(r *http.Request) { r.Header.Del("Authorization") }},
		{"another secret", basic("radius", "aaa-Secret")},
		{"no secret", basic("radius", "")},
		{"a longer secret", basic("radius", "aaa-secret-")},
		{"another user", basic("Radius", "aaa-secret")},
		{"a token", header("Authorization", "Bearer "+h.manager)},
		{"not base64", header("Authorization", "Basic %")},
	} {
		for _, path := range []string{"/aaa/authorize", "/aaa/resume", "/aaa/post-auth", "/aaa/accounting"} {
			a := h.ask(path, body, c.option).want(http.StatusUnauthorized)
			if got := a.header.Get("WWW-Authenticate"); got != `Basic realm="radius"` {
				t.Errorf("%s: %s is challenged with %q", c.name, path, got)
			}
		}
	}
	h.post("/aaa/authorize", "", map[string]any{}).want(http.StatusNotFound) // not on the public listener
	without := newRadiusHouse(t, func(c *Config) { c.AAAFile = nil })
	without.ask("/aaa/authorize", body, basic("radius", "")).want(http.StatusUnauthorized)
}

func TestAAAAuthorize(t *testing.T) {
	h := newRadiusHouse(t)
	h.customer("josé", `p\%{User-Name}"<é>`)
	id := h.customer("locked", "secret")
	h.post("/v3/customers/"+id+"/lock", h.manager, nil).want(http.StatusOK)
	const folded = `jos\u00C3\u00A9` // as rlm_rest 3.2 writes it
	for _, body := range []string{
		`{"User-Name":{"type":"string","value":["` + folded +
			`"]},"NAS-IP-Address":{"type":"ipaddr","value":["127.0.0.1"]}}`,
		`{"User-Name":"` + folded + `"}`,
		`{"User-Name":"josé","Service-Type":{"type":"integer","value":[2]},"State":null,"EAP-Message":[]}`,
		`{"User-Name":{"type":"string","value":"josé@demo.example"},"Onramp-Hotspot":"",` +
			`"Called-Station-Id":"02-00-00-00-00-01:x"}`,
	} {
		a := h.ask("/aaa/authorize", body).want(http.StatusOK)
		var class string
		got := string(a.raw)
		if i := strings.Index(got, `"0x`); i >= 0 {
			class = got[i+3 : i+3+strings.IndexByte(got[i+3:], '"')]
		}
		plain, err := hex.DecodeString(class)
		if err != nil || len(plain) < 40 || len(plain) > 253 {
			t.Fatalf("a Class of %q: %v", plain, err)
		}
		const rest = `"op":":=","do_xlat":false,"is_json":false,"value":[`
		name := got[strings.Index(got, `"reply:User-Name"`):]
		name = name[strings.Index(name, `["`)+2:]
		name = name[:strings.IndexByte(name, '"')]
		if strings.Contains(name, "jos") || !strings.HasSuffix(name, "@demo.example") {
			t.Errorf("the access point is told the user name %q", name)
		}
		want := `{"control:Cleartext-Password":{` + rest + `"p\\\\%{User-Name}\"\u003cé\u003e"]},"reply:Class":{` +
			rest + `"0x` + class + `"]},` +
			`"reply:Session-Timeout":{` + rest + `"2592000"]},"reply:User-Name":{` + rest + `"` + name + `"]}}`
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	}
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"nobody", `{"User-Name":"nobody"}`, http.StatusUnauthorized},
		{"locked", `{"User-Name":"locked"}`, http.StatusUnauthorized},
		{"wrong realm", `{"User-Name":"josé@rival.example"}`, http.StatusUnauthorized},
		{
			"another's access point", `{"User-Name":"josé","Onramp-Hotspot":"` + rivalID[:31] + `3"}`,
			http.StatusUnauthorized,
		},
		{"an expansion", `{"User-Name":"%{User-Password}"}`, http.StatusUnauthorized},
		{"quotes and a newline", `{"User-Name":"'\";\n--"}`, http.StatusUnauthorized},
		{"NUL", `{"User-Name":"jos\u0000"}`, http.StatusUnauthorized},
		{"half a character", `{"User-Name":"jos\u00C3"}`, http.StatusUnauthorized},
		{"empty", ``, http.StatusConflict},
		{"no JSON", `User-Name=anna`, http.StatusConflict},
		{"not UTF-8", "{\"User-Name\":\"jos\xc3\"}", http.StatusConflict},
		{"a list", `[]`, http.StatusConflict},
		{"cut", `{"User-Name":"anna"`, http.StatusConflict},
		{"no user name", `{"User-Password":"x"}`, http.StatusConflict},
		{"a user name that is none", `{"User-Name":{"value":[{}]}}`, http.StatusConflict},
		{"deep", strings.Repeat(`{"a":`, 10000), http.StatusConflict},
		{"a megabyte", `{"User-Name":"` + strings.Repeat("a", 1<<20-20) + `"}`, http.StatusUnauthorized},
		{
			"more than a megabyte", `{"User-Name":"` + strings.Repeat("a", 1<<20) + `"}`,
			http.StatusRequestEntityTooLarge,
		},
	} {
		a := h.ask("/aaa/authorize", c.body)
		if a.status != c.status || len(a.raw) != 0 && string(a.raw) != "{}" {
			t.Errorf("%s: %d %s, want %d and nothing told", c.name, a.status, a.raw, c.status)
		}
	}
	if log := h.log.String(); strings.Contains(log, "User-Name") || strings.Contains(log, "jos") ||
		strings.Contains(log, "secret") {
		t.Error("the log tells who asked")
	}
}

// TestAAAResume resumes sessions: the answer has the attributes of an authorization but the
// password, and the login is recorded once. A rejection is not told apart, and not recorded.
func TestAAAResume(t *testing.T) {
	h := newRadiusHouse(t)
	id := h.customer("anna", "secret-password")
	authorized := h.ask("/aaa/authorize",
		`{"User-Name":"anna","Onramp-Hotspot":"`+demoHotspot+`"}`).want(http.StatusOK)
	class := authorized.value("reply:Class")
	body := func(username, class string) string {
		return fmt.Sprintf(`{"User-Name":%q,"Class":%q,"Onramp-Outcome":"accept","EAP-Type":"TTLS",`+
			`"Onramp-Inner":"PAP","Calling-Station-Id":"02-00-00-00-aa-01","Onramp-Hotspot":%q}`,
			username, class, demoHotspot)
	}
	a := h.ask("/aaa/resume", body("anna", class)).want(http.StatusOK)
	if strings.Contains(string(a.raw), "secret-password") || strings.Contains(string(a.raw), "Cleartext") {
		t.Errorf("the answer contains the password: %s", a.raw)
	}
	if a.value("control:Onramp-Recorded") != "yes" || a.value("reply:Class") == class {
		t.Errorf("got %s", a.raw)
	}
	for _, name := range []string{"reply:User-Name", "reply:Session-Timeout"} {
		if got, want := a.value(name), authorized.value(name); got != want {
			t.Errorf("%s is %q, and %q at first", name, got, want)
		}
	}
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"no Class", body("anna", ""), http.StatusUnauthorized},
		{"a Class that is none", body("anna", "0x6f312e00"), http.StatusUnauthorized},
		{"a Class cut", body("anna", class[:len(class)-2]), http.StatusUnauthorized},
		{"another user name", body("nobody", class), http.StatusUnauthorized},
		{"no user name", `{"Class":"` + class + `"}`, http.StatusConflict},
		{"another outcome", `{"User-Name":"anna","Class":"` + class + `","Onramp-Outcome":"maybe"}`,
			http.StatusConflict},
	} {
		if a := h.ask("/aaa/resume", c.body); a.status != c.status || len(a.raw) != 0 && string(a.raw) != "{}" {
			t.Errorf("%s: %d %s, want %d and nothing told", c.name, a.status, a.raw, c.status)
		}
	}
	c, err := h.service.Registration.CustomerInfo(h.Context(), h.caller(h.manager), id)
	if err != nil || c.Logins != 1 {
		t.Errorf("the logins are those of %+v, %v", c, err)
	}
	if log := h.log.String(); strings.Contains(log, "anna") || strings.Contains(log, class[2:]) {
		t.Error("the log tells who asked")
	}
}

// record is an accounting record as rlm_rest posts it.
func accountingJSON(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%s":{"type":"string","value":[%s]}`, pairs[i], pairs[i+1])
	}
	return "{" + b.String() + "}"
}

func TestAAAAccounting(t *testing.T) {
	h := newRadiusHouse(t)
	id := h.customer("anna", "secret")
	a := h.ask("/aaa/authorize", `{"User-Name":"anna"}`).want(http.StatusOK)
	class := string(a.raw)
	class = class[strings.Index(class, `"0x`):]
	class = class[:strings.IndexByte(class[1:], '"')+2]
	now := h.clock.now()
	seconds := func(after time.Duration) string { return fmt.Sprint(now.Add(after).Unix()) }
	common := []string{
		"User-Name", `"anonymous@demo.example"`, "Class", `"0x00",` + class, "Acct-Session-Id", `"0000001"`,
		"Acct-Unique-Session-Id", `"u1"`,
		"Onramp-Hotspot", `"` + demoHotspot + `"`, "NAS-Identifier", `"whatever"`, "Called-Station-Id",
		`"02-00-00-00-00-01:Demo"`,
		"Calling-Station-Id", `"0200.0000.AA01"`, "Framed-IP-Address", `"192.0.2.9"`,
	}
	record := func(status string, more ...string) string {
		return accountingJSON(append(append([]string{"Acct-Status-Type", status}, common...), more...)...)
	}
	start := record(`"Start"`, "Event-Timestamp", `"`+now.Format("Jan _2 2006 15:04:05 MST")+`"`)
	interim := record(`"Interim-Update"`, "Event-Timestamp", seconds(time.Minute), "Acct-Session-Time", "60",
		"Acct-Input-Octets", "100", "Acct-Output-Octets", "200")
	stop := record(`2`, "Event-Timestamp", seconds(2*time.Minute), "Acct-Session-Time", "120", "Acct-Input-Octets",
		"4294967295", "Acct-Input-Gigawords", "1",
		"Acct-Output-Octets", "300", "Acct-Terminate-Cause", `"User-Request"`)
	h.clock.advance(2 * time.Minute)
	for _, body := range []string{stop, start, interim, start, stop, stop, interim} {
		h.ask("/aaa/accounting", body).want(http.StatusNoContent)
	}
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	connections := map[string]any{
		"generated": true, "count": 1.0, "connections": []any{map[string]any{
			"start": now.Format(time.RFC3339), "startBusiness": now.In(rome).Format(time.RFC3339),
			"stop":         now.Add(2 * time.Minute).Format(time.RFC3339),
			"stopBusiness": now.Add(2 * time.Minute).In(rome).Format(time.RFC3339),
			"duration":     120.0, "traffic": float64(1<<33 - 1 + 300), "locationName": "Via Roma",
			"locationId": demoLocation, "apName": "Front door", "apId": demoHotspot,
			"latitude": nil, "longitude": nil, "macAddressClient": "02:00:00:00:aa:01", "ipAddressClient": "192.0.2.9",
			"terminateCause": "User-Request",
		}},
	}
	h.get("/v2/customers/"+id+"/accountings", h.manager).want(http.StatusOK).is(connections)
	h.get("//v2/customers/"+id+"/accountings?size=1&unknown=1", h.manager).want(http.StatusOK).is(connections)
	h.get("/v2/customers/"+id+"/devices", h.manager).want(http.StatusOK).is(map[string]any{
		"generated": true, "count": 1.0, "devices": []any{map[string]any{
			"macAddress": "02:00:00:00:aa:01", "randomised": true, "connections": 1.0,
			"firstConnection": now.Format(time.RFC3339),
			"lastConnection":  now.Add(2 * time.Minute).Format(time.RFC3339),
		}},
	})
	for _, path := range []string{"/accountings", "/devices"} {
		h.get("/v2/customers/"+id+path, h.app).blames(http.StatusForbidden, "")
		h.get("/v2/customers/"+id+path, h.rival).blames(http.StatusNotFound, "")
		h.get("/v2/customers/"+nobodyID+path, h.manager).blames(http.StatusNotFound, "")
	}
	for _, size := range []string{"0", "-1", "10001", "x", "1.5"} {
		h.get("/v2/customers/"+id+"/accountings?size="+size, h.manager).blames(http.StatusConflict, "size")
	}
	h.get("/v2/customers/"+id+"/accountings?sid=forged", h.manager).blames(http.StatusNotFound, "")

	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"no status", accountingJSON("Acct-Unique-Session-Id", `"u2"`), http.StatusConflict},
		{"no session", accountingJSON("Acct-Status-Type", `"Start"`), http.StatusConflict},
		{"a status that we do not know", accountingJSON("Acct-Status-Type", `"Tunnel-Start"`), http.StatusNoContent},
		{
			"on", accountingJSON("Acct-Status-Type", `"Accounting-On"`, "NAS-Identifier", `"whatever"`),
			http.StatusNoContent,
		},
		{"numbers that are none", accountingJSON("Acct-Status-Type", `"Stop"`, "Acct-Unique-Session-Id", `"u3"`,
			"Acct-Session-Time", `-1`, "Acct-Input-Octets", `"many"`,
			"Event-Timestamp", `"soon"`, "Acct-Delay-Time", `1e9`), http.StatusNoContent},
		{"no JSON", "Acct-Status-Type=Start", http.StatusConflict},
		{
			"an attribute of a megabyte",
			accountingJSON("Acct-Status-Type", `"Start"`, "Acct-Unique-Session-Id", `"u4"`, "NAS-Identifier",
				`"`+strings.Repeat("n", 1<<20)+`"`), http.StatusRequestEntityTooLarge,
		},
	} {
		if a := h.ask("/aaa/accounting", c.body); a.status != c.status {
			t.Errorf("%s: %d, want %d", c.name, a.status, c.status)
		}
	}
}

// TestAccountingPages scrolls through a customer's connections.
func TestAccountingPages(t *testing.T) {
	h := newRadiusHouse(t)
	anna, bert := h.customer("anna", "secret"), h.customer("bert", "secret")
	const n = 25
	name := `"` + h.issued("anna") + `"`
	for i := range n {
		h.ask("/aaa/accounting", accountingJSON("Acct-Status-Type", `"Start"`, "Acct-Unique-Session-Id",
			fmt.Sprintf(`"u%d"`, i), "User-Name", name,
			"Acct-Session-Id", fmt.Sprintf(`"%d"`, i))).want(http.StatusNoContent)
		if i%3 == 0 {
			h.clock.advance(time.Second)
		}
	}
	list := "/v2/customers/" + anna + "/accountings"
	seen, path := 0, list+"?size=7"
	var first string
	for pages := 1; ; pages++ {
		a := h.get(path, h.manager).want(http.StatusOK)
		count := int(a.json["count"].(float64))
		seen += count
		sid, more := a.json["sId"].(string)
		if count != 7 && more || pages > 4 {
			t.Fatalf("page %d has %d: %s", pages, count, a.raw)
		}
		if !more {
			break
		}
		if first == "" {
			first = sid
		}
		path = list + "?sid=" + sid
	}
	if seen != n {
		t.Errorf("%d of %d connections", seen, n)
	}
	h.get(list+"?sid="+first, h.manager).want(http.StatusOK) // an answer may be lost
	h.get(list+"?size=7&sid="+first, h.manager).want(http.StatusOK)
	h.get(list+"?size=8&sid="+first, h.manager).blames(http.StatusConflict, "size")
	h.get("/v2/customers/"+bert+"/accountings?sid="+first, h.manager).blames(http.StatusNotFound, "")
	flipped := []byte(first)
	flipped[len(flipped)/2] ^= 1
	h.get(list+"?sid="+string(flipped), h.manager).blames(http.StatusNotFound, "")
	h.clock.advance(2*time.Minute + time.Second)
	h.get(list+"?sid="+first, h.manager).blames(http.StatusNotFound, "")
}

func TestAAAPostAuth(t *testing.T) {
	h := newRadiusHouse(t)
	id := h.customer("anna", "secret")
	for _, body := range []string{
		`{"User-Name":{"type":"string","value":["anna"]}}`,
		`{"User-Name":"anna@demo.example","Onramp-Outcome":"accept"}`,
		`{"User-Name":"anna","Onramp-Outcome":"reject"}`,
		`{"User-Name":{"value":["anna"]},"Module-Failure-Message":{"value":["mschap: MS-CHAP2-Response is ` +
			`incorrect"]}}`,
		`{"User-Name":"anonymous@demo.example","Onramp-Outcome":"handshake","Onramp-Hotspot":"` + demoHotspot + `"}`,
	} {
		h.ask("/aaa/post-auth", body).want(http.StatusNoContent)
	}
	for _, body := range []string{``, `{}`, `{"User-Name":""}`, `{"Onramp-Outcome":"reject"}`} {
		h.ask("/aaa/post-auth", body).want(http.StatusConflict)
	}
	c, err := h.service.Registration.CustomerInfo(t.Context(), h.caller(h.manager), id)
	if err != nil || c.Logins != 2 || c.LastLogin == nil || !c.LastLogin.Equal(h.clock.now()) {
		t.Errorf("logins: %+v, %v", c, err)
	}
	counts, err := h.db.FailuresBetween(t.Context(), demoID, h.clock.now(), h.clock.now().Add(time.Hour), 10)
	var n int64
	for _, f := range counts {
		n += f.Count
	}
	if err != nil || n != 3 {
		t.Errorf("failures: %+v, %v", counts, err)
	}
}

// TestManyStrangers has strangers knock as fast as they can. A customer is let in meanwhile, and
// all that is left of them is a count.
func TestManyStrangers(t *testing.T) {
	h := newRadiusHouse(t)
	h.customer("anna", "secret")
	const strangers, knocks = 8, 75
	started := time.Now()
	var wg sync.WaitGroup
	for i := range strangers {
		wg.Go(func() {
			for k := range knocks {
				who := fmt.Sprintf(`{"User-Name":"stranger %d %d","Onramp-Outcome":"reject","NAS-Identifier":"door"}`,
					i, k)
				h.ask("/aaa/authorize", who).want(http.StatusUnauthorized)
				h.ask("/aaa/post-auth", who).want(http.StatusNoContent)
			}
		})
	}
	slowest := time.Duration(0)
	for range 50 {
		asked := time.Now()
		h.ask("/aaa/authorize", `{"User-Name":"anna"}`).want(http.StatusOK)
		slowest = max(slowest, time.Since(asked))
	}
	wg.Wait()
	took := time.Since(started)
	t.Logf("%.0f strangers a minute; a customer waited at most %v", float64(strangers*knocks)/took.Minutes(), slowest)
	if slowest > 3*time.Second { // the machine may be busy, and the race detector slow
		t.Errorf("a customer waited %v", slowest)
	}
	counts, err := h.db.FailuresBetween(t.Context(), "", h.clock.now(), h.clock.now().Add(time.Hour), 10)
	if err != nil || len(counts) != 1 || counts[0].Count != strangers*knocks {
		t.Errorf("what is left: %+v, %v", counts, err)
	}
}

// TestFoundB2Counted holds that a record that is refused for good is counted.
func TestFoundB2Counted(t *testing.T) {
	h := newRadiusHouse(t)
	h.ask("/aaa/accounting", accountingJSON("Acct-Status-Type", `"Start"`)).want(http.StatusConflict)
	h.ask("/aaa/accounting", accountingJSON("Acct-Status-Type", `"Start"`, "Acct-Unique-Session-Id",
		`"u"`)).want(http.StatusNoContent)
	w := httptest.NewRecorder()
	h.server.Admin().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if !strings.Contains(w.Body.String(), "\nonramp_accounting_refused_total 1\n") {
		t.Errorf("the metric is not 1:\n%s", w.Body)
	}
}
