package profiles

import (
	"fmt"
	"slices"
	"strings"
)

// A refusal is the reason why a platform can express no network of the settings.
type refusal struct {
	field  string // in the tenant's YAML
	reason string // a sentence
	remedy string
}

// unsupported returns the reason why a platform can express no network of the settings,
// or nil.
func unsupported(s *Settings, p Platform) *refusal {
	switch p {
	case Android:
		switch {
		case s.Passpoint == nil:
			return &refusal{"wifi.passpoint",
				"On Android, a file can install only a Passpoint network, which this organization does not have. " +
					"An app can add its network.",
				"add wifi.passpoint, or let users install with an app (settings-android)"}
		case s.Method != TTLS:
			return &refusal{"wifi.eap.method",
				"Android supports Passpoint only with EAP-TTLS, but this organization uses " + s.Method.supplicant() +
					".",
				"use method: ttls"}
		}
	case SettingsAndroid:
		passpoint := s.Passpoint != nil && s.Method == TTLS
		switch {
		case passpoint || s.WPA2 != nil && len(s.roots()) > 0:
		case s.WPA2 != nil:
			return noPublicRoots("An Android app can add a WPA2 network only with the root of the server's " +
				"certificate, which this organization does not provide.")
		default:
			return &refusal{"wifi.eap.method",
				"Android supports Passpoint only with EAP-TTLS, but this organization uses " + s.Method.supplicant() +
					" and has no WPA2 network.",
				"use method: ttls, or add wifi.wpa2"}
		}
	case Windows:
		if s.Inner == PAP {
			return &refusal{"wifi.eap.inner",
				"Windows accepts profiles from a web page only with MS-CHAP-V2, but this organization uses PAP.",
				"use inner: mschapv2, or let Windows users install with the geteduroam app (eap-config)"}
		}
	case ChromeOS, NetworkManager:
		if s.WPA2 == nil {
			return &refusal{"wifi.wpa2",
				"This platform's files support only WPA2 networks, but this organization has only Passpoint.",
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
		if s.Method == PEAP && s.Inner != MSCHAPv2 { // Check rejects these settings, too
			return &refusal{"wifi.eap.inner", "iwd supports PEAP only with MSCHAPv2.", "use inner: mschapv2"}
		}
	case EAPConfig:
		switch wildcard := slices.IndexFunc(s.TrustedServerNames, isWildcard); {
		case s.WPA2 == nil && len(s.Passpoint.Consortiums()) == 0:
			return &refusal{"wifi.passpoint.roamingConsortiums",
				"An eap-config file needs a WPA2 network or a roaming consortium, but this organization has neither.",
				"add wifi.wpa2 or a roaming consortium"}
		case wildcard >= 0:
			return &refusal{fmt.Sprintf("wifi.trustedServerNames[%d]", wildcard),
				"The geteduroam apps do not support wildcards: on Linux, Windows and Apple devices, " +
					s.TrustedServerNames[wildcard] + " would match no server.",
				"write the full host names of the RADIUS servers"}
		case len(s.roots()) == 0:
			return noPublicRoots("The geteduroam apps require the root of the RADIUS server's " +
				"certificate, which this organization does not provide: on Linux and Windows they reject the file, " +
				"and on Android they would not check the server.")
		}
	}
	return nil
}

// noPublicRoots returns the refusal of a document that requires a root.
func noPublicRoots(reason string) *refusal {
	return &refusal{publicRootsField, reason, publicRootsRemedy}
}

const (
	publicRootsField  = "wifi.publicRoots"
	publicRootsRemedy = "add the root of the RADIUS server's certificate to publicRoots, or use a trustAnchor"
)

func isWildcard(name string) bool { return strings.HasPrefix(name, "*.") }
