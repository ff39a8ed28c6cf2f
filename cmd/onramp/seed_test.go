package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSeed fills an organization while a server runs, and reads the contacts through the API.
func TestSeed(t *testing.T) {
	const organization = "3a8ccd060216452e09b2b32e750cb5eb"
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	if code, _, stderr := onramp(t, "", "apply", exampleTenant, "--data", data); code != 0 {
		t.Fatal(stderr)
	}
	code, keys, stderr := onramp(t, "", "key", "create", "--organization", organization, "--role",
		"organizationManager", "--data", data)
	if code != 0 {
		t.Fatal(stderr)
	}
	token := s.must(200, "POST", "/v1/sts/login/services", "", keys).body["token"].(string)
	search := func(query string) map[string]any {
		return s.must(200, "GET", "/v2/customers/organizations/"+organization+"?"+query, token, "").body
	}
	for run, want := range []float64{1205, 2410} { // more than a batch; a second run adds more
		code, stdout, stderr := onramp(t, "", "seed", "--organization", organization, "--contacts", "1205", "--data",
			data)
		if code != 0 || !strings.HasPrefix(stdout, "1205 contacts in ") {
			t.Fatalf("run %d: %d %s%s", run, code, stdout, stderr)
		}
		if n := search("size=1")["totalCount"]; n != want {
			t.Fatalf("run %d: %v contacts, want %v", run, n, want)
		}
	}
	// They differ in the fields that searches use.
	for _, query := range []string{"hasEmail=true", "hasEmail=false", "hasPhone=true", "hasPhone=false",
		"emailVerified=true", "phoneVerified=true",
		"mktgCommunications=true", "mktgCommunications=false", "customOptIn.emailMarketing=true",
		"customOptIn.emailMarketing=false", "createdEnd=2000-01-01"} {
		n := search("size=1&" + query)["totalCount"].(float64)
		if none := query == "createdEnd=2000-01-01"; none != (n == 0) || n >= 2410 {
			t.Errorf("%s: %v of them", query, n)
		}
	}
	one := search("size=1&hasPhone=true&hasEmail=true&sortBy=created")["customers"].([]any)[0].(map[string]any)
	for _, name := range []string{"firstName", "lastName", "phonePrefix", "country", "language", "locationName",
		"created"} {
		if text, _ := one[name].(string); text == "" {
			t.Errorf("%s is empty in %v", name, one)
		}
	}
	s.must(200, "GET", "/v3/customers/"+one["cid"].(string)+"/profile?platform=android", token, "")

	for _, tt := range []struct {
		args []string
		code int
	}{
		{[]string{"--organization", organization, "--contacts", "0"}, 2},
		{[]string{"--contacts", "1"}, 2},
		{[]string{"--organization", "00000000000000000000000000000000", "--contacts", "1"}, 1},
	} {
		if code, _, stderr := onramp(t, "", append([]string{"seed", "--data", data}, tt.args...)...); code != tt.code {
			t.Errorf("seed %v: exit %d, want %d: %s", tt.args, code, tt.code, stderr)
		}
	}
}

// BenchmarkSeed compares seed with registrations over the API, one at a time, of people of the same
// organization and in the same database, in alternating rounds.
func BenchmarkSeed(b *testing.B) {
	s := startServe(b, filepath.Join(b.TempDir(), "data"), "--limits", "off")
	manager, organization := s.login(s.demo().ManagerKey), s.demo().OrganizationID
	const one, many = 200, 2000
	var single, bulk time.Duration
	rounds := 0
	for b.Loop() {
		start := time.Now()
		for i := range one {
			s.must(http.StatusCreated, "POST", "/v3/customers", manager, fmt.Sprintf(`{"firstName":"Ada",
				"lastName":"Of %d","email":"%d-%d@api.example","extId":"api-%d-%d","profiling":true,"ppd":true,
				"policies":{"termsOfUse":true,"privacy":true}}`, i, rounds, i, rounds, i))
		}
		single += time.Since(start)
		start = time.Now()
		if code, _, stderr := onramp(b, "", "seed", "--organization", organization, "--contacts", fmt.Sprint(many),
			"--data", s.data); code != 0 {
			b.Fatal(stderr)
		}
		bulk += time.Since(start)
		rounds++
	}
	singles, seeds := float64(one*rounds)/single.Seconds(), float64(many*rounds)/bulk.Seconds()
	b.ReportMetric(singles, "single/s")
	b.ReportMetric(seeds, "seed/s")
	b.ReportMetric(seeds/singles, "times")
}
