package main

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// TestPoster prints posters after a serve: with the address that link prints, and a text that leads
// to the same page.
func TestPoster(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startServe(t, data)
	demo := s.demo()
	write := func(want int, args ...string) (out, stderr string) {
		t.Helper()
		code, out, stderr := onramp(t, "", append([]string{"poster", "--data", data}, args...)...)
		if code != want || code != 0 && out != "" {
			t.Errorf("poster %v: %d, want %d: %s%s", args, code, want, out, stderr)
		}
		return out, stderr
	}
	out, stderr := write(0)
	for _, want := range []string{
		`aria-label="` + demo.PortalURL + `"`, "Join our Wi-Fi", "Connettiti al nostro Wi-Fi", "Onramp Demo",
		"data:image/svg&#43;xml;base64,",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the poster lacks %s", want)
		}
	}
	if !strings.Contains(stderr, "no phone reaches") {
		t.Errorf("without a public URL: %q", stderr)
	}
	// The text leaves out the path: the front page leads to the only organization.
	base := strings.TrimSuffix(demo.PortalURL, "/portal/"+demo.OrganizationID)
	if !strings.Contains(out, `mm">`+base+`</bdi>`) {
		t.Error("the text is not the public URL")
	}
	response, err := http.Get(base)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := response.Request.URL.String(); response.StatusCode != http.StatusOK || got != demo.PortalURL {
		t.Errorf("the text leads to %s: %d", got, response.StatusCode)
	}

	out, stderr = write(0, "--organization", demo.OrganizationID, "--location", demo.LocationID,
		"--public-url", "https://wifi.example.com", "--language", "he,ja")
	want := "https://wifi.example.com/portal/" + demo.OrganizationID + "?" +
		url.Values{"location": {demo.LocationID}}.Encode()
	if !strings.Contains(out, `aria-label="`+want+`"`) || !strings.Contains(out, `mm">wifi.example.com</bdi>`) ||
		!strings.Contains(out, "Demo venue") || !strings.Contains(out, `<html lang="he" dir="rtl">`) || stderr != "" {
		t.Errorf("with a location: %s\n%s", stderr, out)
	}

	code, tenant, stderr := onramp(t, "", "export", "--data", data)
	if code != 0 {
		t.Fatal(stderr)
	}
	tenant = strings.Replace(tenant, "    portal:\n", "    portal:\n      slug: demo-venue\n", 1)
	if code, _, stderr := onramp(t, tenant, "apply", "-", "--data", data); code != 0 {
		t.Fatal(stderr)
	}
	if out, _ = write(0); !strings.Contains(out, `mm">`+base+`/demo-venue</bdi>`) {
		t.Error("the text has no slug")
	}

	for _, tt := range []struct {
		says string
		code int
		args []string
	}{
		{`--organization: there is no organization "x"`, 1, []string{"--organization", "x"}},
		{`--location: Onramp Demo has no location "x"`, 1, []string{"--location", "x"}},
		{"--public-url must be", 2, []string{"--public-url", "wifi.example.com"}},
		{`--language: there is no poster in "xx", only in ar, de`, 2, []string{"--language", "en,xx"}},
		{"--language: it is given twice", 2, []string{"--language", "it", "--language", "it"}},
		{"--language: a poster has room for three", 2, []string{"--language", "it,en,de,fr"}},
	} {
		if _, stderr := write(tt.code, tt.args...); !strings.Contains(stderr, tt.says) {
			t.Errorf("poster %v says %s", tt.args, stderr)
		}
	}
}
