package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"onramp/onboarding/datafolder"
)

// unreliable answers for a Contacts API: it repeats pages, reorders them, cuts answers off, asks
// for patience, and lets scrolls expire.
type unreliable struct {
	http.Handler
	mu     sync.Mutex
	pages  int
	last   []byte // the body of the last page
	faults map[string]int
}

func newUnreliable(t *testing.T, to string) (*unreliable, string) {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Header.Del("Accept-Encoding")
	}}
	u := &unreliable{Handler: proxy, faults: map[string]int{}}
	server := httptest.NewServer(u)
	t.Cleanup(server.Close)
	return u, server.URL
}

// ServeHTTP implements http.Handler.
func (u *unreliable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.URL.Path, "/v2/customers/organizations/") {
		u.Handler.ServeHTTP(w, r)
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.pages++
	answer := httptest.NewRecorder()
	u.Handler.ServeHTTP(answer, r)
	body, fault := answer.Body.Bytes(), "reordered"
	scrolled := r.URL.Query().Has("sid")
	switch {
	case u.pages%17 == 2:
		fault = "429"
	case u.pages%17 == 9:
		fault = "503"
	case u.pages%7 == 6:
		fault = "cut"
	case scrolled && u.pages%3 == 1 && u.last != nil:
		fault, body = "repeated", u.last
	case scrolled && u.faults["expired"] < 2:
		fault = "expired"
	default:
		body = reordered(body)
	}
	u.faults[fault]++
	switch fault {
	case "429", "503":
		status, _ := strconv.Atoi(fault)
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"status":"KO","respCode":%q,"message":"later"}`, fault)
	case "cut":
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler)
	case "expired":
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"status":"KO","respCode":"404","message":"scroll not found"}`)
	default:
		u.last = answer.Body.Bytes()
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body)
	}
}

// reordered returns a page with its contacts in another order.
func reordered(body []byte) []byte {
	var page map[string]any
	if json.Unmarshal(body, &page) != nil {
		return body
	}
	if all, ok := page["customers"].([]any); ok {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	body, _ = json.Marshal(page)
	return body
}

// contactsHash returns the number of the contacts and a hash of their values, without those that
// belong to a deployment.
func contactsHash(t *testing.T, s *serving, manager string) (n int, hash string, values []string) {
	t.Helper()
	for _, c := range s.contactsOf(s.demo().OrganizationID, manager, "") {
		for _, own := range []string{"cid", "modified", "metrics", "segments", "segmentCids", "lastLogin", "logins"} {
			delete(c, own)
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, string(text))
	}
	slices.Sort(values)
	return len(values), fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(values, "\n")))), values
}

// keyFile writes a client key into a private file.
func keyFile(t *testing.T, key datafolder.DemoKey) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.json")
	text, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestImportContacts imports the contacts of another deployment through an unreliable connection,
// is killed five times, and compares all values. ONRAMP_TEST_IMPORT=200000 is the long round.
func TestImportContacts(t *testing.T) {
	people := 1000
	if text := os.Getenv("ONRAMP_TEST_IMPORT"); text != "" {
		var err error
		if people, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	source := startServe(t, filepath.Join(t.TempDir(), "source"))
	sourceKey := source.login(source.demo().ManagerKey)
	code, _, stderr := onramp(t, "", "seed", "--organization", source.demo().OrganizationID, "--contacts",
		strconv.Itoa(people-2), "--data", source.data)
	if code != 0 {
		t.Fatal(stderr)
	}
	full := source.must(http.StatusCreated, "POST", "/v3/customers", sourceKey, `{"username":"full","firstName":"Zoë",
		"title":"Dr","birthDate":"1990-02-28","zipCode":"56100","email":"Zoe@Example.com","phoneNumber":"+39123456789",
		"emailVerified":true,"document":{"personalId":"P-1"},"extId":"e","extProp1":"1","extProp2":"2",
		"custom":{"shoe size":"42"},"browserLanguage":"de-DE","language":"it","country":"IT",
		"policies":{"termsOfUse":true,"privacy":true,"mktgCommunications":true}}`).body["id"].(string)
	source.must(http.StatusOK, "POST", "/v3/customers/"+full+"/lock", sourceKey, "")
	source.must(http.StatusCreated, "POST", "/v3/customers", sourceKey, `{"username":"minimised","firstName":"Gone",
		"ppd":false,"policies":{"termsOfUse":true,"privacy":true}}`)

	s := startServe(t, filepath.Join(t.TempDir(), "target"))
	manager := s.login(s.demo().ManagerKey)
	proxy, address := newUnreliable(t, source.url)
	args := []string{"contacts", address, "--key-file", keyFile(t, source.demo().ManagerKey), "--source-organization",
		source.demo().OrganizationID, "--data", s.data}
	if r := importPeople(t, 0, append(args, "--dry-run")...); r.counts() != fmt.Sprintf("%d %d 0", people, people) {
		t.Fatalf("dry run: %+v", r)
	}
	if met := killedImport(t, s, manager, people, 5, args...); met == 0 {
		t.Error("no kill met a running import")
	}
	wantCount, wantHash, want := contactsHash(t, source, sourceKey)
	count, hash, got := contactsHash(t, s, manager)
	if count != wantCount || hash != wantHash || count != people {
		t.Errorf("%d contacts with the hash %s, want %d with %s", count, hash, wantCount, wantHash)
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Fatalf("the first difference:\n%s\n%s", got[i], want[i])
			}
		}
	}
	if r := importPeople(t, 0, args...); r.counts() != fmt.Sprintf("%d 0 0", people) {
		t.Errorf("repeated: %+v", r)
	}
	for _, fault := range []string{"429", "503", "cut", "repeated", "expired", "reordered"} {
		if proxy.faults[fault] == 0 {
			t.Errorf("the source was never %s: %v", fault, proxy.faults)
		}
	}
	t.Logf("%d contacts, hash %s, faults of the source %v", count, hash, proxy.faults)
}

// TestImportContactsErrors checks the errors of a source: one line, without the secret.
func TestImportContactsErrors(t *testing.T) {
	s := startServe(t, filepath.Join(t.TempDir(), "data"))
	demo := s.demo()
	wrong := demo.ManagerKey
	wrong.ClientSecret = "mistyped-secret-0815"
	answers := func(body string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if strings.HasSuffix(r.URL.Path, "/login/services") {
				_, _ = io.WriteString(w, `{"token":"x"}`)
				return
			}
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/login/services") {
			_, _ = io.WriteString(w, `{"token":"x"}`)
			return
		}
		_, _ = io.WriteString(w, `{"totalCount":3,"count":1,"sId":"again","customers":[{"cid":"1","firstName":"Ada",
			"policies":[{"name":"termsOfUse","accepted":true,"date":"2021-05-01T00:00:00.000Z","version":"1"},
			{"name":"privacy","accepted":true,"date":"2021-05-01T00:00:00.000Z","version":"1"},
			{"name":"customs.unknown\u001b[2J","accepted":true,"date":"2021-05-01T00:00:00.000Z","version":"1"}],
			"locationCid":"x","locationName":"Elsewhere"}]}`)
	}))
	t.Cleanup(endless.Close)
	answered := 0 // another contact in each answer
	changing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/login/services") {
			_, _ = io.WriteString(w, `{"token":"x"}`)
			return
		}
		answered++
		fmt.Fprintf(w, `{"totalCount":3,"count":1,"sId":"again","customers":[{"cid":"%d"}]}`, answered)
	}))
	t.Cleanup(changing.Close)
	good := keyFile(t, demo.ManagerKey)
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{"clientSecret":"mistyped-secret-0815`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, url, key, organization, want string
		code                               int
	}{
		{"no key", s.url, "", demo.OrganizationID, "--key-file and --source-organization are required", 2},
		{"broken key", s.url, broken, demo.OrganizationID, "not the JSON that onramp key create prints", 1},
		{"wrong key", s.url, keyFile(t, wrong), demo.OrganizationID, "401", 1},
		{"in clear", "http://wifi.example.com", good, demo.OrganizationID, "must begin with https://", 1},
		{"no URL", "wifi.example.com", good, demo.OrganizationID, "needs http or https and a host", 1},
		{"another organization", s.url, good, "3a8ccd060216452e09b2b32e750cb5eb", "404", 1},
		{"a page", answers("<html>"), good, demo.OrganizationID, "not that of a Contacts API", 1},
		{"other JSON", answers(`{"token":"x"}`), good, demo.OrganizationID, "customers is missing", 1},
		{"other contacts", answers(`{"customers":[{"cid":7}]}`), good, demo.OrganizationID, "cid", 1},
		{"changing", changing.URL, good, demo.OrganizationID,
			"announces 3 contacts, and has returned more than 1006", 1},
		{"endless", endless.URL, good, demo.OrganizationID, "announces 3 contacts, and 3 scrolls have returned 1", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := onramp(t, "", "import", "contacts", tt.url, "--key-file", tt.key,
				"--source-organization", tt.organization, "--data", s.data)
			if code != tt.code || !strings.Contains(stderr, tt.want) ||
				strings.Contains(stdout+stderr, "mistyped") ||
				strings.Contains(stdout+stderr, demo.ManagerKey.ClientSecret) {
				t.Errorf("exit %d: %s%s", code, stdout, stderr)
			}
			if tt.name == "endless" && (!strings.Contains(stdout, `policies.customs.unknown\u001b[2J: not a policy`) ||
				!strings.Contains(stdout, "locationName: the organization has no location of the name Elsewhere")) {
				t.Error(stdout)
			}
		})
	}
	code, stdout, stderr := onramp(t, "", "import", "contacts", endless.URL, "--key-file", good,
		"--source-organization", demo.OrganizationID, "--data", s.data, "--without-policy", "customs.unknown\x1b[2J",
		"--default-location")
	if code != 1 || !strings.HasPrefix(stdout, "1 read, 1 created") {
		t.Errorf("left out: exit %d: %s%s", code, stdout, stderr)
	}
}
