package profiles

// A refusal says that a platform can express no network of the settings.
type refusal struct {
	field  string // of the tenant's YAML
	reason string
	remedy string
}

// unsupported returns why a platform can express nothing of the settings, or nil.
func unsupported(s *Settings, p Platform) *refusal {
	switch p {
	case Android:
		switch {
		case s.Passpoint == nil:
			return &refusal{"wifi.passpoint",
				"An Android file can carry a Passpoint network only; this organization's network has a name, which only an app can add.",
				"add wifi.passpoint, or let people install with an app (settings-android)"}
		case s.Method != TTLS:
			return &refusal{"wifi.eap.method",
				"Android has Passpoint with EAP-TTLS only; this organization uses " + s.Method.supplicant() + ".",
				"use method: ttls"}
		}
	case SettingsAndroid:
		if s.WPA2 == nil && s.Method != TTLS {
			return &refusal{"wifi.eap.method",
				"Android has Passpoint with EAP-TTLS only; this organization uses " + s.Method.supplicant() + " and has no network with a name.",
				"use method: ttls, or add wifi.wpa2"}
		}
	case Windows:
		if s.Inner == PAP {
			return &refusal{"wifi.eap.inner",
				"Windows takes profiles from a web page with MS-CHAP-V2 only; this organization uses PAP.",
				"use inner: mschapv2, or have people on Windows use the geteduroam app (eap-config)"}
		}
	case ChromeOS, NetworkManager:
		if s.WPA2 == nil {
			return &refusal{"wifi.wpa2",
				"This platform's files know networks with a name only; this organization has Passpoint alone.",
				"add wifi.wpa2"}
		}
	case Linux:
		passpoint, wpa2 := linuxPasspoint(s), linuxWPA2(s)
		switch {
		case s.WPA2 == nil:
			return passpoint
		case s.Passpoint == nil || passpoint != nil:
			return wpa2
		}
	case EAPConfig:
		if s.WPA2 == nil && len(consortiums(s.Passpoint)) == 0 {
			return &refusal{"wifi.passpoint.roamingConsortiums",
				"An eap-config file finds networks by name or by roaming consortium; this organization has neither.",
				"add wifi.wpa2 or a roaming consortium"}
		}
	}
	return nil
}
