package profiles

import (
	"fmt"
	"slices"
	"strings"
)

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
		passpoint := s.Passpoint != nil && s.Method == TTLS
		switch {
		case passpoint || s.WPA2 != nil && len(s.roots()) > 0:
		case s.WPA2 != nil:
			return noPublicRoots("An Android app can add a network with a name only with the root of its server's certificate, and this organization names none.")
		default:
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
	case IWD:
		if s.Method == PEAP && s.Inner != MSCHAPv2 { // Check refuses it; iwd would ask for another inner method
			return &refusal{"wifi.eap.inner", "iwd has PEAP with MSCHAPv2 only.", "use inner: mschapv2"}
		}
	case EAPConfig:
		switch wildcard := slices.IndexFunc(s.TrustedServerNames, isWildcard); {
		case s.WPA2 == nil && len(consortiums(s.Passpoint)) == 0:
			return &refusal{"wifi.passpoint.roamingConsortiums",
				"An eap-config file finds networks by name or by roaming consortium; this organization has neither.",
				"add wifi.wpa2 or a roaming consortium"}
		case wildcard >= 0:
			return &refusal{fmt.Sprintf("wifi.trustedServerNames[%d]", wildcard),
				"The geteduroam apps know no wildcard: on Linux, Windows and Apple devices the server " + s.TrustedServerNames[wildcard] + " would never match.",
				"name the hosts of the RADIUS servers"}
		case len(s.roots()) == 0:
			return noPublicRoots("The geteduroam apps need the root of the RADIUS server's certificate, and this organization names none: on Linux and Windows they refuse the file, on Android they would not check the server.")
		}
	}
	return nil
}

// noPublicRoots is the refusal of what cannot be without a root in the document.
func noPublicRoots(reason string) *refusal {
	return &refusal{publicRootsField, reason, publicRootsRemedy}
}

const (
	publicRootsField  = "wifi.publicRoots"
	publicRootsRemedy = "name the root that the RADIUS server's certificate leads to in publicRoots, or bring a trustAnchor"
)

func isWildcard(name string) bool { return strings.HasPrefix(name, "*.") }
