package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// importReportJSON is the report of `onramp import --json`, with exactly its members.
type importReportJSON struct {
	Read    int `json:"read"`
	Created int `json:"created"`
	Updated int `json:"updated"`
	Refused []struct {
		Line    int    `json:"line"`
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"refused"`
}

// importPeople runs `onramp import` with --json and returns its report.
func importPeople(t *testing.T, wantCode int, args ...string) (r importReportJSON) {
	t.Helper()
	code, stdout, stderr := onramp(t, "", append([]string{"import"}, append(args, "--json")...)...)
	d := json.NewDecoder(strings.NewReader(stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil || code != wantCode || r.Refused == nil {
		t.Fatalf("exit %d, want %d: %v: %s%s", code, wantCode, err, stdout, stderr)
	}
	return r
}

// counts returns a report's counts, and the lines and fields that are refused.
func (r *importReportJSON) counts() string {
	text := fmt.Sprint(r.Read, " ", r.Created, " ", r.Updated)
	for _, f := range r.Refused {
		text += fmt.Sprintf(" %d:%s", f.Line, f.Field)
	}
	return text
}

// TestImportCSV imports a file while a server runs, and reads the people through the API.
func TestImportCSV(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	manager, organization := s.login(s.demo().ManagerKey), s.demo().OrganizationID
	file := filepath.Join(t.TempDir(), "people.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const header = "\ufefffirstName,email,username,termsOfUse,privacy,mktgCommunications,consentDate,consentSource\r\n"
	const good = "Ada,ada@example.com,ada,true,true,true,2021-05-01T08:30:00Z,paper form\r\n" +
		"\"Bob\",bob@example.com,bob,true,true,false,2022-06-02,\r\n"
	write(header + good + "Eve,eve@example.com,ada,true,true,,,\r\n" + "Dan,nothing,dan,true,false,,,\r\n")
	args := []string{"csv", file, "--organization", organization, "--data", data}
	const first = "4 2 0 4:username 5:email 5:privacy"
	for range 2 { // a dry run changes nothing
		if r := importPeople(t, 1, append(args, "--dry-run")...); r.counts() != first {
			t.Fatalf("dry run: %+v", r)
		}
	}
	if r := importPeople(t, 1, args...); r.counts() != first {
		t.Fatalf("first: %+v", r)
	}
	if r := importPeople(t, 1, args...); r.counts() != "4 0 0 4:username 5:email 5:privacy" {
		t.Fatalf("again: %+v", r)
	}
	write(strings.Replace(header+good, "Bob", "Robert", 1))
	if r := importPeople(t, 0, args...); r.counts() != "2 0 1" {
		t.Fatalf("changed: %+v", r)
	}
	ada := s.contactsOf(organization, manager, "email=ada@example.com")[0]
	if ada["username"] != "ada" || ada["signupMethod"] != "import" || ada["system"] != "import" {
		t.Errorf("imported %v", ada)
	}
	exported := s.must(http.StatusOK, "GET", "/v3/customers/"+ada["cid"].(string)+"/export", manager, "").body
	for _, entry := range exported["consents"].([]any) {
		c := entry.(map[string]any)
		if c["channel"] != "import" || c["agent"] != "paper form" || c["date"] != "2021-05-01T08:30:00.000Z" {
			t.Errorf("consent %v", c)
		}
	}
	if bob := s.contactsOf(organization, manager, "email=bob@example.com")[0]; bob["firstName"] != "Robert" {
		t.Errorf("updated %v", bob)
	}
	s.must(http.StatusOK, "GET", "/v3/customers/"+ada["cid"].(string)+"/profile?platform=android", manager, "")

	for _, tt := range []struct{ file, stderr string }{
		{"email,Shoe\n", `: line 1: column 2: "Shoe" is unknown`},
		{"email,email\n", `: line 1: columns 1 and 2 have the same name "email"`},
	} {
		write(tt.file + "x@example.com,1\n")
		code, stdout, stderr := onramp(t, "", append([]string{"import"}, args...)...)
		if code != 1 || stdout != "" || !strings.Contains(stderr, tt.stderr) {
			t.Errorf("%q: exit %d, %s%s", tt.file, code, stdout, stderr)
		}
	}
	code, stdout, stderr := onramp(t, header+good, "import", "csv", "-", "--data", data)
	if code != 0 || stdout != "2 read, 0 created, 1 updated, 1 unchanged, 0 refused\n" {
		t.Errorf("standard input: exit %d, %s%s", code, stdout, stderr)
	}
}

// contactsOf returns all contacts of a search.
func (s *serving) contactsOf(organization, manager, query string) (all []map[string]any) {
	s.t.Helper()
	path := "/v2/customers/organizations/" + organization
	for page := path + "?size=10000&" + query; page != ""; {
		answer := s.must(http.StatusOK, "GET", page, manager, "").body
		for _, c := range answer["customers"].([]any) {
			all = append(all, c.(map[string]any))
		}
		page = ""
		if sID, more := answer["sId"].(string); more {
			page = path + "?sid=" + url.QueryEscape(sID)
		}
	}
	return all
}

// killedImport runs an import that is killed kills times after some progress, and then to its end.
// It returns the number of kills that met a running import.
func killedImport(t *testing.T, s *serving, manager string, expected, kills int, args ...string) (met int) {
	t.Helper()
	total := func() int {
		return int(s.must(http.StatusOK, "GET", "/v2/customers/organizations/"+s.demo().OrganizationID+"?size=1",
			manager, "").body["totalCount"].(float64))
	}
	start := total()
	for kill := range kills {
		var output bytes.Buffer
		cmd := command(append([]string{"import"}, args...)...)
		cmd.Stdout, cmd.Stderr = io.Discard, &output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		wanted, running := start+(kill+1)*expected/(kills+1), true
		for running && total() < wanted {
			select {
			case err := <-done:
				if total() < wanted {
					t.Fatalf("the import has ended before kill %d: %v: %s", kill, err, output.String())
				}
				running = false
				done <- err
			case <-time.After(10 * time.Millisecond):
			}
		}
		cmd.Process.Kill()
		<-done
		if total() < start+expected {
			met++
		}
	}
	code, stdout, stderr := onramp(t, "", append([]string{"import"}, args...)...)
	if code != 0 {
		t.Fatalf("the last run: %s%s", stdout, stderr)
	}
	return met
}

// TestImportKilled kills an import of a CSV file several times, each time while it waits for the
// rest of the file, and checks that in the end each person is there once.
func TestImportKilled(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	manager := s.login(s.demo().ManagerKey)
	const people, part, batch = 1200, 300, 250
	const header = "firstName,lastName,termsOfUse,privacy\n"
	rows, want := make([]string, people), map[string]int{}
	for i := range rows { // without any identifier, and longer than the reader's buffer in a part
		rows[i] = fmt.Sprintf("Person %d,%s,true,true\n", i, strings.Repeat("x", 240))
		want[fmt.Sprintf("Person %d", i)] = 1
	}
	for kill := range 3 {
		cmd := command("import", "csv", "-", "--data", data)
		stdin, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err == nil {
			_, err = io.WriteString(stdin, header+strings.Join(rows[:(kill+1)*part], ""))
		}
		if err != nil {
			t.Fatal(err)
		}
		waitFor(t, "the part's batches", func() bool {
			return len(s.contactsOf(s.demo().OrganizationID, manager, "")) >= (kill+1)*part/batch*batch
		})
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(header+strings.Join(rows, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := importPeople(t, 0, "csv", path, "--data", data); r.Read != people || r.Created == 0 || r.Created == people {
		t.Errorf("the last run: %+v", r)
	}
	names := map[string]int{}
	for _, c := range s.contactsOf(s.demo().OrganizationID, manager, "") {
		names[c["firstName"].(string)]++
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkImport compares an import of a CSV file with registrations over the API, one at a time,
// of the same people into the same database.
func BenchmarkImport(b *testing.B) {
	s := startServe(b, filepath.Join(b.TempDir(), "data"), "--limits", "off")
	manager := s.login(s.demo().ManagerKey)
	const one, many = 1000, 20_000
	var file strings.Builder
	file.WriteString("firstName,lastName,email,extId,termsOfUse,privacy,profiling,ppd\n")
	for i := range many {
		fmt.Fprintf(&file, "Ada,Of %d,%d@import.example,csv-%d,true,true,true,true\n", i, i, i)
	}
	path := filepath.Join(b.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	for round := 0; b.Loop(); round++ {
		start := time.Now()
		for i := range one {
			s.must(http.StatusCreated, "POST", "/v3/customers", manager, fmt.Sprintf(`{"firstName":"Ada",
				"lastName":"Of %d","email":"%d-%d@api.example","extId":"api-%d-%d","profiling":true,"ppd":true,
				"policies":{"termsOfUse":true,"privacy":true}}`, i, round, i, round, i))
		}
		single := one / time.Since(start).Seconds()
		start = time.Now()
		if code, _, stderr := onramp(b, "", "import", "csv", path, "--data", s.data); code != 0 {
			b.Fatal(stderr)
		}
		bulk := many / time.Since(start).Seconds()
		b.ReportMetric(single, "single/s")
		b.ReportMetric(bulk, "import/s")
		b.ReportMetric(bulk/single, "times")
		if round > 0 {
			b.Fatal("use -benchtime 1x: a repeated import writes nothing")
		}
	}
}
