package mail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestParse checks the settings of an SMTP server, and that errors name the setting.
func TestParse(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("hush hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const from = "wifi@example.com"
	s, err := Parse("smtp://on%40ramp@mail.example.com?tls=starttls", password, from)
	if err != nil || s.User != "on@ramp" || s.Password != "hush hush" || s.Port != 587 || s.Security != StartTLS {
		t.Errorf("%+v %v", s, err)
	}
	if s, err = Parse("smtp://[::1]:2525?tls=none", "", from); err != nil || s.Host != "::1" || s.Port != 2525 {
		t.Errorf("%+v %v", s, err)
	}
	if s, err = Parse("smtp://mail.example.com?tls=tls", "", from); err != nil || s.Port != 465 {
		t.Errorf("%+v %v", s, err)
	}
	for _, tt := range []struct{ address, password, from, want string }{
		{"mail.example.com:25", "", from, "--smtp must"},
		{"https://mail.example.com", "", from, "--smtp must"},
		{"smtp://mail.example.com/path", "", from, "--smtp must"},
		{"smtp://u:hush@mail.example.com", "", from, "password-file"},
		{"smtp://mail.example.com?tls=off", "", from, "tls must"},
		{"smtp://mail.example.com?tls=tls&tls=none", "", from, "tls"},
		{"smtp://mail.example.com?verify=no", "", from, "verify"},
		{"smtp://mail.example.com?tls=none", "", from, "this machine"},
		{"smtp://mail.example.com:99999", "", from, "port"},
		{"smtp://user@mail.example.com", "", from, "together"},
		{"smtp://mail.example.com", password, from, "together"},
		{"smtp://user@mail.example.com", password + "x", from, "--smtp-password-file"},
		{"smtp://mail.example.com", "", "", "--mail-from"},
		{"smtp://mail.example.com", "", "A <a@example.com>", "--mail-from"},
		{"smtp://mail.example.com", "", "a@example.com\r\nBcc: b@example.com", "--mail-from"},
	} {
		_, err := Parse(tt.address, tt.password, tt.from)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v, want %s", tt.address, err, tt.want)
		}
	}
}
