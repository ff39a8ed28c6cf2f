package main

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// visitor has a unique text in every field that can be stored about a person.
type visitor struct {
	*serving
	n        int
	cid      string
	guid     string
	username string
	link     string // the token of a link
	traces   []string
}

// mark returns a unique text, which must be erased later.
func (v *visitor) mark(what string) string {
	text := fmt.Sprintf("%s-%02d-trace", what, v.n)
	v.traces = append(v.traces, text)
	return text
}

// visit makes the requests of a person, their phone and an operator.
func visit(s *serving, n int, app, manager string) *visitor {
	s.t.Helper()
	v := &visitor{serving: s, n: n, guid: fmt.Sprintf("guid-of-phone-%02d-0123456789", n)}
	guid := []string{"Onramp-Guid", v.guid, "User-Agent", v.mark("agent")}
	v.traces = append(v.traces, v.guid)
	body := fmt.Sprintf(
		`{%s,"profiling":true,"ppd":true,"username":%q,"firstName":%q,"lastName":%q,"email":%q,"companyName":%q,
		"extId":%q,"custom":{"note":%q},
		"document":{"number":%q,"passportNumber":%q}}`, consented,
		v.mark("user"), v.mark("first"), v.mark("last"), v.mark("mail")+"@example.com", v.mark("company"),
		v.mark("ext"), v.mark("custom"), v.mark("document"), v.mark("passport"))
	made := s.must(201, "POST", "/v3/customers", app, body, append(guid, "Idempotency-Key", v.mark("idempotent"))...)
	v.cid, v.username = made.body["id"].(string), made.body["username"].(string)
	customer := "/v3/customers/" + v.cid
	s.must(200, "PUT", customer, app, fmt.Sprintf(`{"zipCode":%q,"firstName":%q}`, v.mark("zip"), v.mark("renamed")),
		guid...)
	s.must(200, "POST", customer+"/devices", app,
		fmt.Sprintf(`{"installId":%q,"vendorId":%q,"advId":%q,"os":"ios","osVersion":"18.1","device":%q,"pushToken":%q,
		"created":"2026-07-08T08:08:44Z","lastSeen":"2026-07-08T08:08:44Z"}`,
			v.mark("install"), v.mark("vendor"), v.mark("adv"), v.mark("model"), v.mark("push")), guid...)
	s.must(200, "GET", customer+"/profile?platform=ios", app, "", guid...)
	s.must(201, "POST", customer+"/installations", app,
		fmt.Sprintf(`{"platform":"ios","type":"passpoint","installedBy":%q,"installed":"2026-07-08T08:08:44Z"}`,
			v.mark("com.installer")), guid...)
	v.resume(manager)
	v.connect(fmt.Sprintf("02-4E-5A-61-C3-%02X", 16+n), fmt.Sprintf("10.199.231.%d", 100+n), n%4 != 0)
	s.must(200, "POST", customer+"/lock", manager, "")
	s.must(200, "POST", customer+"/unlock", manager, "")
	s.must(200, "GET", "/v2/customers/"+v.cid+"/events", manager, "")
	return v
}

var shownCode = regexp.MustCompile(`[CDFGHJKMNPRTVWXY34679]{4}-[CDFGHJKMNPRTVWXY34679]{4}-[CDFGHJKMNPRTVWXY34679]{4}`)

// resume creates a link and opens it in a browser that shows a code for another browser.
func (v *visitor) resume(manager string) {
	v.t.Helper()
	token := v.must(200, "POST", "/v2/customers/"+v.cid+"/token", manager,
		`{"expiresIn":600,"maxHits":3}`).body["token"].(string)
	page := v.must(200, "GET", "/activate/"+token, "", "", "User-Agent",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148")
	code := shownCode.Find(page.raw)
	if code == nil {
		v.t.Fatalf("no code on the page:\n%s", page.raw)
	}
	v.link = token
	v.traces = append(v.traces, token, string(code), strings.ReplaceAll(string(code), "-", ""))
}

// connect sends the phone's authentication and accounting in the form of FreeRADIUS's rlm_rest.
func (v *visitor) connect(mac, address string, stopped bool) {
	v.t.Helper()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("radius:"+v.demo().AAASecret))
	accepted, err := call("POST", v.aaa+"/aaa/authorize", "", fmt.Sprintf(`{"User-Name":%q,"Calling-Station-Id":%q}`,
		v.username, mac), "Authorization", basic)
	if err != nil || accepted.status != http.StatusOK {
		v.t.Fatalf("authorize: %+v %v", accepted, err)
	}
	var reply struct {
		Name struct{ Value []string } `json:"reply:User-Name"`
	}
	if err := json.Unmarshal(accepted.raw, &reply); err != nil || len(reply.Name.Value) != 1 {
		v.t.Fatalf("no User-Name in %s", accepted.raw)
	}
	session := v.mark("session")
	statuses := []string{"Start", "Interim-Update"}
	if stopped {
		statuses = append(statuses, "Stop")
	}
	for i, status := range statuses {
		record := map[string]any{
			"Acct-Status-Type":       status,
			"Acct-Unique-Session-Id": fmt.Sprintf("%032x", v.n+1),
			"Acct-Session-Id":        session,
			"User-Name":              reply.Name.Value[0],
			"Calling-Station-Id":     mac,
			"Framed-IP-Address":      address,
			"NAS-Identifier":         "ap1.demo.onramp.example",
			"Acct-Session-Time":      60 * i,
			"Called-Station-Id":      "02-00-00-00-00-01:Onramp Demo",
		}
		body, err := json.Marshal(record)
		if err != nil {
			v.t.Fatal(err)
		}
		if a, err := call("POST", v.aaa+"/aaa/accounting", "", string(body), "Authorization", basic); err != nil ||
			a.status/100 != 2 {
			v.t.Fatalf("accounting: %+v %v", a, err)
		}
	}
	plain := strings.ReplaceAll(mac, "-", "")
	for _, form := range []string{mac, strings.ReplaceAll(mac, "-", ":"), plain} {
		v.traces = append(v.traces, form, strings.ToLower(form))
	}
	v.traces = append(v.traces, address)
	accountings := v.must(200, "GET", "/v2/customers/"+v.cid+"/accountings", v.login(v.demo().ManagerKey), "")
	if !bytes.Contains(accountings.raw, []byte(address)) {
		v.t.Errorf("the connection is not the visitor's: %s", accountings.raw)
	}
}

// TestFoundD deletes visitors over HTTP, stops the server and searches every file of the data
// folder.
func TestFoundD(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data, "--limits", "off")
	demo := s.demo()
	app, manager := s.login(demo.AppKey), s.login(demo.ManagerKey)
	var gone, kept []string
	for n := range 12 {
		v := visit(s, n, app, manager)
		if n%2 == 1 {
			kept = append(kept, fmt.Sprintf("renamed-%02d-trace", n))
			continue
		}
		s.must(200, "DELETE", "/v1/customers/"+v.cid, manager, "")
		gone = append(gone, v.traces...)
	}
	if code := s.stop(); code != 0 {
		t.Fatalf("serve ended with %d:\n%s", code, s.output)
	}
	content := everything(t, data)
	for _, text := range gone {
		if bytes.Contains(content, []byte(text)) {
			t.Errorf("%s of a deleted customer is still in the data folder", text)
		}
	}
	for _, text := range kept {
		if !bytes.Contains(content, []byte(text)) {
			t.Errorf("%s of another customer is not there", text)
		}
	}
	if strings.Contains(s.output.String(), "-trace") {
		t.Error("the log names a person")
	}
	if code, out, errs := onramp(t, "", "vacuum", "--data", data); code != 0 {
		t.Errorf("vacuum: %s%s", out, errs)
	}
}

// TestFoundDOlder starts on a database in which an earlier version deleted a person without erasing
// their data.
func TestFoundDOlder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	s.stop()
	db, err := sql.Open("sqlite", filepath.Join(data, "onramp.db"))
	if err != nil {
		t.Fatal(err)
	}
	const trace = "somebody-deleted-long-ago"
	for _, statement := range []string{
		"DELETE FROM settings WHERE name = 'sqlite-erased'", "PRAGMA secure_delete = OFF",
		"INSERT INTO settings (name, value) VALUES ('" + trace + "', 'x')", "DELETE FROM settings WHERE name = '" +
			trace + "'", "PRAGMA wal_checkpoint(TRUNCATE)",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(everything(t, data), []byte(trace)) {
		t.Fatal("the database holds no trace to begin with")
	}
	const warning = "run onramp vacuum"
	if code, out, _ := onramp(t, "", "doctor", "--data", data); !strings.Contains(out, "warn  database file") ||
		!strings.Contains(out, warning) {
		t.Errorf("doctor before vacuum: %d\n%s", code, out)
	}
	if code, out, stderr := onramp(t, "", "vacuum", "--data", data); code != 0 {
		t.Fatalf("vacuum: %s%s", out, stderr)
	}
	if bytes.Contains(everything(t, data), []byte(trace)) {
		t.Error("vacuum left the trace")
	}
	if code, out, _ := onramp(t, "", "doctor", "--data", data); strings.Contains(out, warning) {
		t.Errorf("doctor after vacuum: %d\n%s", code, out)
	}
	s.start()
}
