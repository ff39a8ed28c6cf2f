package profiles

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestCredentialLimits checks that a value that no document can hold is an error that names the
// field and does not contain the value.
func TestCredentialLimits(t *testing.T) {
	const secret = "se-cret"
	tests := []struct {
		name   string
		inner  InnerMethod
		change func(*Credential)
		field  string // "": accepted
	}{
		{"nothing", MSCHAPv2, func(*Credential) {}, ""},
		{"no customer", MSCHAPv2, func(c *Credential) { c.CustomerID = "" }, "customerId"},
		{"a NUL in the customer", MSCHAPv2, func(c *Credential) { c.CustomerID = "a\x00b" }, "customerId"},
		{"no user name", MSCHAPv2, func(c *Credential) { c.Username = "" }, "username"},
		{"user name of 63 bytes", MSCHAPv2, func(c *Credential) { c.Username = strings.Repeat("é", 31) + "a" }, ""},
		{"user name of 64 bytes", MSCHAPv2, func(c *Credential) { c.Username = strings.Repeat("é", 32) }, "username"},
		{"a NUL in the user name", MSCHAPv2, func(c *Credential) { c.Username = secret + "\x00" }, "username"},
		{"a line break in the user name", MSCHAPv2, func(c *Credential) { c.Username = secret + "\n" }, "username"},
		{"DEL in the user name", MSCHAPv2, func(c *Credential) { c.Username = secret + "\x7f" }, "username"},
		{"a user name that is not UTF-8", MSCHAPv2, func(c *Credential) { c.Username = secret + "\xff" }, "username"},
		{"a surrogate half in the user name", MSCHAPv2, func(c *Credential) { c.Username = secret + "\xed\xa0\x80" },
			"username"},
		{"U+FFFF in the user name", MSCHAPv2, func(c *Credential) { c.Username = secret + "\uFFFF" }, "username"},
		{"an emoji in the user name", MSCHAPv2, func(c *Credential) { c.Username = "😀" }, ""},
		{"no password", MSCHAPv2, func(c *Credential) { c.Password = "" }, "password"},
		{"password of 189 bytes", MSCHAPv2, func(c *Credential) { c.Password = strings.Repeat("p", 189) }, ""},
		{"password of 190 bytes", MSCHAPv2, func(c *Credential) { c.Password = strings.Repeat(secret, 28)[:190] },
			"password"},
		{"a line break in the password", PAP, func(c *Credential) { c.Password = secret + "\r\n" }, "password"},
		{"an emoji in the password, MSCHAPv2", MSCHAPv2, func(c *Credential) { c.Password = secret + "😀" }, "password"},
		{"an emoji in the password, PAP", PAP, func(c *Credential) { c.Password = "😀" }, ""},
		{"no creation", PAP, func(c *Credential) { c.Created = time.Time{} }, "created"},
		{"no end", PAP, func(c *Credential) { c.Expires = time.Time{} }, "expires"},
		{"the year 10000", PAP, func(c *Credential) { c.Expires = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
			"expires"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, c := withRoots(t), exampleCredential()
			s.Inner = test.inner
			test.change(&c)
			if test.field == "" {
				everyPlatform(t, s, c)
				return
			}
			p := prepare(t, s)
			for _, platform := range Platforms() {
				d, err := p.Document(platform, c)
				var field *FieldError
				if no := new(UnsupportedError); errors.As(err, &no) {
					continue
				}
				if !errors.As(err, &field) || field.Field != test.field || d != nil {
					t.Errorf("%s: %v", platform, err)
				}
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows the value: %v", err)
				}
			}
		})
	}
}

func TestUnknownPlatform(t *testing.T) {
	var no *UnsupportedError
	if _, err := prepare(t, exampleSettings()).Document("tvos", exampleCredential()); !errors.As(err, &no) ||
		no.Platform != "tvos" {
		t.Error(err)
	}
}

// TestPreparedIsIndependent checks that later changes to the settings do not affect documents.
func TestPreparedIsIndependent(t *testing.T) {
	s := withRoots(t)
	s.OrganizationNames = map[string]string{"it": "before"}
	p := prepare(t, s)
	before := map[Platform]string{}
	for _, platform := range Platforms() {
		before[platform] = string(document(t, p, platform, exampleCredential()).Body)
	}
	s.TrustedServerNames[0], s.Passpoint.FriendlyName, s.WPA2.SSID, s.OrganizationNames["it"] = "changed", "changed",
		"changed", "changed"
	for _, platform := range Platforms() {
		if after := string(document(t, p, platform, exampleCredential()).Body); after != before[platform] {
			t.Errorf("%s changed", platform)
		}
	}
}

// TestConcurrentDocuments builds documents concurrently, for the race detector.
func TestConcurrentDocuments(t *testing.T) {
	p := prepare(t, withRoots(t))
	want := map[Platform]string{}
	for _, platform := range Platforms() {
		want[platform] = string(document(t, p, platform, exampleCredential()).Body)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				for _, platform := range Platforms() {
					d, err := p.Document(platform, exampleCredential())
					if err != nil || string(d.Body) != want[platform] {
						t.Errorf("%s differs (%v)", platform, err)
					}
				}
			}
		})
	}
	group.Wait()
}
