package devicesim

import "testing"

// TestFound holds the judge to what platforms were found to do with documents that it used to accept, or the other
// way round. G1, G10 and G11 have tests of their own.
func TestFound(t *testing.T) {
	eap := eapConfigFixture
	ca := `<CA format="X.509" encoding="base64">` + testRoot64() + `</CA>`
	placeholder := "<SSIDConfig><SSID><name>Passpoint</name></SSID></SSIDConfig>"
	android := func(old, new string) []byte { return settingsAndroidFixture().swap(old, new).bytes() }
	mobile := func(code string) []byte {
		return newAppleFile().add(inHotspot, "<key>MCCAndMNCs</key><array><string>"+code+"</string></array>").bytes()
	}
	for _, c := range []struct {
		name, platform string
		file           []byte
		refused        *Rule // nil: accepted
	}{
		{"TestFoundG2 caPath is for system apps", SettingsAndroid, android(`"password":"x"`, `"password":"x","caPath":"/system"`), settingsField},
		{"TestFoundG2 certificates always", SettingsAndroid, android(`["`+testRoot64()+`"]`, `[]`), settingsTrust},
		{"TestFoundG2 the public parser's file", SettingsAndroid, settingsAndroidFixture().bytes(), nil},
		{"TestFoundG3 no CA", EAPConfig, eap().swap(ca, "").bytes(), eapConfigCA},
		{"TestFoundG3 a CA", EAPConfig, eap().bytes(), nil},
		{"TestFoundG4 no SSIDConfig", Windows, newWindowsFile().swap(placeholder, "").bytes(), windowsSchema},
		{"TestFoundG4 PEAP with a realm", Windows, newWindowsFile().swap("UserName>anonymous<", "UserName>anonymous@a.example<").bytes(), windowsPEAPOuter},
		{"TestFoundG4 a placeholder", Windows, newWindowsFile().bytes(), nil},
		{"TestFoundG6 a wildcard", EAPConfig, eap().swap("<ServerID>", "<ServerID>*.").bytes(), eapConfigServerID},
		{"TestFoundG8 two digits with an F", IOS, mobile("222F01"), nil},
		{"TestFoundG8 three digits", IOS, mobile("222001"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := Check(c.platform, c.file, Options{Now: testNow})
			if err != nil {
				t.Fatal(err)
			}
			if c.refused == nil && !v.Accepted || c.refused != nil && !names(v.Refusals, c.refused.Name) {
				t.Errorf("refusals %v, want %v", v.Refusals, c.refused)
			}
			if v.Accepted && c.platform == EAPConfig && v.View.Networks[0].ServerMatch != MatchExact {
				t.Error("G6: names are compared exactly")
			}
		})
	}
}
