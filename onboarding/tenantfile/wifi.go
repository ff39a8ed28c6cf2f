package tenantfile

import (
	"onramp/onboarding"

	"go.yaml.in/yaml/v3"
)

func wifiKeys(w *onboarding.WiFi) keys {
	return keys{
		{"eap", flow(keys{
			{"method", text(&w.Method)},
			{"inner", text(&w.Inner)},
		})},
		{"outerIdentity", text(&w.OuterIdentity)},
		{"trustedServerNames", texts(&w.TrustedServerNames)},
		{"trustAnchor", certificate(&w.TrustAnchor)},
		{"publicRoots", certificates(&w.PublicRoots)},
		{"profileLifetime", duration(&w.ProfileLifetime)},
		{"consentText", textByLanguage(&w.ConsentText)},
		{"disableMacRandomization", ifTrue(&w.DisableMACRandomization)},
		{"carrierId", text(&w.CarrierID)},
		{"helpdesk", optional(&w.Helpdesk, helpdeskKeys)},
		{"passpoint", optional(&w.Passpoint, passpointKeys)},
		{"wpa2", optional(&w.WPA2, wpa2Keys)},
	}
}

func helpdeskKeys(h *onboarding.Helpdesk) keys {
	return keys{
		{"email", text(&h.Email)},
		{"phone", text(&h.Phone)},
		{"url", text(&h.URL)},
	}
}

func passpointKeys(p *onboarding.Passpoint) keys {
	refuseRoaming := func(*reader) {} // set if roaming is given as false, which openRoaming contradicts
	roaming, openRoaming := truth(&p.Roaming), text(&p.OpenRoaming)
	readTruth, readText := roaming.read, openRoaming.read
	roaming.read = func(r *reader, at path, n *yaml.Node) {
		if readTruth(r, at, n); !p.Roaming {
			refuseRoaming = func(r *reader) {
				r.refuse(at, n.Line, "open-roaming", "leave roaming out, or openRoaming",
					"contradicts openRoaming, which is roaming")
			}
		}
	}
	openRoaming.read = func(r *reader, at path, n *yaml.Node) {
		if readText(r, at, n); p.OpenRoaming != "" {
			refuseRoaming(r)
		}
	}
	return keys{
		{"realm", text(&p.Realm)},
		{"friendlyName", text(&p.FriendlyName)},
		{"homeDomain", text(&p.HomeDomain)},
		{"roaming", roaming},
		{"roamingConsortiums", upperTexts(&p.RoamingConsortiums)},
		{"openRoaming", openRoaming},
		{"naiRealms", texts(&p.NAIRealms)},
		{"mccMnc", texts(&p.MCCMNC)},
	}
}

func wpa2Keys(w *onboarding.WPA2) keys {
	return keys{
		{"ssid", text(&w.SSID)},
		{"ssidHidden", truth(&w.Hidden)},
	}
}
