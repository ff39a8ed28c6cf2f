package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/testkit/exim"
)

// TestVerifiedVenue signs up at a venue that verifies e-mail addresses, with the code of a real
// mail. Both profiles authenticate in FreeRADIUS, and the last page shows the connection.
func TestVerifiedVenue(t *testing.T) {
	smtp := exim.Start(t, exim.Options{})
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(exim.Password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", smtp.Roots)
	d := deploy(t, "--smtp", fmt.Sprintf("smtp://%s@localhost:%d", exim.User, smtp.Port),
		"--smtp-password-file", password, "--mail-from", "wifi@example.com")
	d.verifying()
	find := `file=$(grep -ls "^To: .*$ONRAMP_EMAIL" ` + smtp.Folder() + `/*) && ` +
		`sed -n 's/^Subject: \([0-9]\{6\}\) .*/\1/p' $file`
	for _, platform := range []string{judge.IOS, judge.Android} {
		t.Run(platform, func(t *testing.T) {
			d := *d
			d.T = t
			var who onboarded
			file := filepath.Join(t.TempDir(), "profile")
			d.devicesim(&who, "onboard", "--platform", platform, "--url", d.demo.PortalURL, "--trust",
				d.demo.ProfileRoot, "--out", file, "--code-command", find)
			var contact struct {
				Customer struct{ EmailVerified bool }
			}
			d.call(http.MethodGet, "/v2/customers/"+who.CustomerID, nil, &contact)
			if !contact.Customer.EmailVerified {
				t.Error("the address is not verified")
			}
			var link struct{ URL string }
			d.call(http.MethodPost, "/v2/customers/"+who.CustomerID+"/token", nil, &link)
			var joined any
			d.devicesim(&joined, "connect", "--platform", platform, "--trust", d.demo.ProfileRoot, "--radius", d.auth,
				"--radius-secret-file", d.secretFile, file)
			if page := d.page(link.URL + "/connection?watch=no"); !strings.Contains(page, "You are connected") {
				t.Errorf("the last page: %s", page)
			}
		})
	}
}

// verifying makes the demo organization verify e-mail addresses.
func (d *deployment) verifying() {
	d.Helper()
	file, err := exec.Command(d.onramp, "export", "--data", d.data).Output()
	if err != nil {
		d.Fatal(err)
	}
	const portal = "\n    portal:\n"
	apply := exec.Command(d.onramp, "apply", "-", "--data", d.data)
	apply.Stdin = strings.NewReader(strings.Replace(string(file), portal, portal+"      verify: email\n", 1))
	if out, err := apply.CombinedOutput(); err != nil {
		d.Fatalf("onramp apply: %v\n%s", err, out)
	}
}

// page returns a page in English.
func (d *deployment) page(address string) string {
	d.Helper()
	r, err := http.NewRequest(http.MethodGet, address+"&lang=en", nil)
	if err != nil {
		d.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		d.Fatalf("%s: %s %v", address, res.Status, err)
	}
	return string(text)
}
