package profiles

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// Each target fills one format with arbitrary texts. Either an error names the refused field, or
// the document holds the texts unchanged.

func FuzzIOS(f *testing.F)            { fuzzFormat(f, IOS) }
func FuzzAndroid(f *testing.F)        { fuzzFormat(f, Android) }
func FuzzWindows(f *testing.F)        { fuzzFormat(f, Windows) }
func FuzzChromeOS(f *testing.F)       { fuzzFormat(f, ChromeOS) }
func FuzzLinux(f *testing.F)          { fuzzFormat(f, Linux) }
func FuzzNetworkManager(f *testing.F) { fuzzFormat(f, NetworkManager) }
func FuzzIWD(f *testing.F)            { fuzzFormat(f, IWD) }
func FuzzEAPConfig(f *testing.F)      { fuzzFormat(f, EAPConfig) }
func FuzzSettings(f *testing.F)       { fuzzFormat(f, SettingsIOS, SettingsAndroid) }

func fuzzFormat(f *testing.F, platforms ...Platform) {
	for _, text := range hostile {
		f.Add(text, text, text, text, text)
	}
	f.Add("\x00", "\xff", "\uFFFE", "\r\n", "")
	f.Fuzz(func(t *testing.T, username, password, friendlyName, ssid, consent string) {
		s, c := withRoots(t), exampleCredential()
		c.Username, c.Password = username, password
		s.Passpoint.FriendlyName, s.OrganizationName, s.WPA2.SSID = strings.Trim(friendlyName, " "), friendlyName, ssid
		s.ConsentText = map[string]string{"en": consent}
		p, err := Prepare(s)
		if err != nil {
			var refused *SettingsError
			if !errors.As(err, &refused) {
				t.Fatal(err)
			}
			shown := strings.TrimSpace(friendlyName) != "" && strings.TrimSpace(ssid) != "" &&
				strings.TrimSpace(consent) != ""
			if shown && carriable(friendlyName, 255) && carriable(ssid, 32) &&
				carriable(strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(consent)+"x", 1<<20) {
				t.Fatalf("refused for no reason: %v", err)
			}
			return
		}
		for _, platform := range platforms {
			d, err := p.Document(platform, c)
			var no *UnsupportedError
			if errors.As(err, &no) && platform == Android && strings.Trim(username, " ") != username {
				return
			}
			if err != nil {
				var field *FieldError
				if !errors.As(err, &field) {
					t.Fatal(err)
				}
				if carriable(username, 63) && carriable(password, 189) && !beyondUCS2(password) {
					t.Fatalf("refused for no reason: %v", err)
				}
				return
			}
			readBack(t, platform, s, c, d)
		}
	})
}

// carriable reports whether every format can hold a text, independently of the package's own check.
func carriable(s string, limit int) bool {
	return s != "" && len(s) <= limit && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= 0x1F || (r >= 0x7F && r <= 0x9F) || r == 0xFFFE || r == 0xFFFF
	})
}

// FuzzCheck checks arbitrary settings, and that Prepare accepts settings without errors.
func FuzzCheck(f *testing.F) {
	f.Add("wifi.example.com", "*.radius.example.com", "5A03BA0000", "anonymous@x", "222001", "", []byte(nil))
	f.Add("bücher.example", "co.uk", "5a-03", "a@b@c", "1", "com", []byte("x"))
	f.Fuzz(func(t *testing.T, realm, name, consortium, outer, mobile, home string, anchor []byte) {
		s := exampleSettings()
		s.OuterIdentity, s.TrustedServerNames, s.TrustAnchor = outer, []string{name}, string(anchor)
		s.Passpoint = &Passpoint{Realm: realm, FriendlyName: "x", HomeDomain: home, Roaming: true,
			RoamingConsortiums: []string{consortium}, NAIRealms: []string{realm}, MCCMNC: []string{mobile}}
		p, err := Prepare(s)
		if (err != nil) != (settingsError(Check(s)) != nil) {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		for _, platform := range Platforms() {
			if d, err := p.Document(platform, exampleCredential()); err == nil {
				readBack(t, platform, s, exampleCredential(), d)
			}
		}
	})
}
