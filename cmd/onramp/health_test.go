package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestConsoleHealth: a running server checks itself, and the console shows the result to a session
// of the deployment with paths, and to one of the only organization without.
func TestConsoleHealth(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	overview := func(more ...string) string {
		t.Helper()
		code, stdout, stderr := onramp(t, "", append([]string{"console", "--data", data}, more...)...)
		link := regexp.MustCompile(`http://\S+/console/sign-in/\S+`).FindString(stdout)
		if code != 0 || link == "" {
			t.Fatalf("console: %d\n%s%s", code, stdout, stderr)
		}
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browser := &http.Client{Jar: jar}
		answer, err := browser.PostForm(link, url.Values{})
		if err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
			body, err := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if page := string(body); err != nil || answer.StatusCode != http.StatusOK ||
				strings.Contains(page, "Checked at") || time.Now().After(deadline) {
				return page
			}
			if answer, err = browser.Get(answer.Request.URL.String()); err != nil {
				t.Fatal(err)
			}
		}
	}
	all := overview()
	for _, want := range []string{
		"Checked at", "Signature of profiles", filepath.Join(data, "pki"), "No backup was made.", "Disk",
		"Log of deletions", "No FreeRADIUS configuration was written yet.", "Age of a key",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the deployment's operator does not see %q in\n%s", want, all)
		}
	}
	own := overview("--organization", s.demo().OrganizationID)
	for _, want := range []string{"Checked at", "Signature of profiles", "RADIUS server", "Trust anchor"} {
		if !strings.Contains(own, want) {
			t.Errorf("the organization's operator does not see %q in\n%s", want, own)
		}
	}
	for _, not := range []string{data, "No backup", "Disk", "Log of deletions"} {
		if strings.Contains(own, not) {
			t.Errorf("the organization's operator sees %q in\n%s", not, own)
		}
	}
}
