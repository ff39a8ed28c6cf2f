package tenantfile

import (
	"onramp/onboarding"

	"go.yaml.in/yaml/v3"
)

func wifiKeys(w *onboarding.WiFi) keys {
	return keys{
		{"eap", flow(keys{
			{"method", text(&w.Method).among("ttls", "peap").or("ttls"), "The outer method."},
			{"inner", text(&w.Inner).among("mschapv2", "pap").or("mschapv2"),
				"The method inside the TLS tunnel. `peap` has `mschapv2` alone."},
		}), "The EAP method."},
		{"outerIdentity", text(&w.OuterIdentity).like(`^[^ \t@]*(@[^ \t@]*)?$`, "an NAI (RFC 7542)").upTo(253).
			otherwise("`anonymous@` and the realm"),
			"The identity that is sent unencrypted."},
		{"trustedServerNames", texts(&w.TrustedServerNames).needed().between(1, 16).
			like(`^(\*\.)?`+label+`(\.`+label+`)+$`, "a full host name; the first label may be `*`").
			listed(uniqueItems),
			"The names that the certificate of the RADIUS server may have. Phones refuse all other servers."},
		{"trustAnchor", certificate(&w.TrustAnchor).otherwise("the platforms' public CAs"),
			"The root of a private CA that issues the RADIUS server's certificate. Not with `publicRoots`."},
		{"publicRoots", certificates(&w.PublicRoots).between(0, 8),
			"With a public CA: the roots of the RADIUS server's certificate, the one in use first, for platforms " +
				"that need them."},
		{"profileLifetime", duration(&w.ProfileLifetime).or("8760h").bounded("1s to 3660d, whole seconds"),
			"The time from the creation of a credential to its end."},
		{"consentText", textByLanguage(&w.ConsentText).upTo(256 << 10),
			"The text that Apple devices show before they install a profile."},
		{"disableMacRandomization", ifTrue(&w.DisableMACRandomization).or("false"),
			"`true`: Apple devices use their hardware address in this network."},
		{"carrierId", text(&w.CarrierID).otherwise("a GUID that is derived from `id`").like(
			`^\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?$`, "a GUID"),
			"The provider of the profiles on Windows."},
		{"helpdesk", optional(&w.Helpdesk, helpdeskKeys).ruled(object{"minProperties": 1}), "The support that the " +
			"geteduroam apps show."},
		{"passpoint", optional(&w.Passpoint, passpointKeys), "The Passpoint network."},
		{"wpa2", optional(&w.WPA2, wpa2Keys),
			"A network with a name (WPA2- or WPA3-Enterprise), for devices without Passpoint."},
	}
}

// label matches a label of a host name.
const label = `[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?`

func helpdeskKeys(h *onboarding.Helpdesk) keys {
	return keys{
		{"email", text(&h.Email).upTo(onboarding.MaxName).like(`^[^ \t\n]+@[^ \t\n]+$`, "an e-mail address"),
			"The e-mail address."},
		{"phone", text(&h.Phone).like(`^[+0-9 ()./-]*[0-9][+0-9 ()./-]*$`, "such as `+39 02 1234567`"),
			"The phone number."},
		{"url", text(&h.URL).like(`^https?://`, "an http or https URL").upTo(onboarding.MaxURL), "The web page."},
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
		{"realm", text(&p.Realm).needed().like(`^`+label+`(\.`+label+`)+$`, "a domain name").upTo(243),
			"The realm of the user names. Access points announce it as NAI realm."},
		{"friendlyName", text(&p.FriendlyName).needed().upTo(255), "The name of the network on the phone."},
		{"homeDomain", text(&p.HomeDomain).like(`^`+label+`(\.`+label+`)*$`, "a domain name").
			otherwise("the realm; with `trustAnchor`, the common domain of `trustedServerNames`"),
			"The domain by which phones recognize their home network. Access points announce it in their Domain " +
				"Name list."},
		{"roaming", roaming.or("false"), "`true`: phones join networks of partners, too."},
		{"roamingConsortiums", upperTexts(&p.RoamingConsortiums).between(0, 36).
			like(`^([0-9A-Fa-f]{6}|[0-9A-Fa-f]{10})$`, "3 or 5 octets in hex"),
			"Organization identifiers (RCOI) of partners. They need `roaming: true`."},
		{"openRoaming", openRoaming.among("settlementFree").otherwise("none"),
			"Adds the organization identifier of WBA OpenRoaming, and roaming."},
		{"naiRealms", texts(&p.NAIRealms).like(`^`+label+`(\.`+label+`)*$`, "domain names").otherwise("the realm"),
			"The realms that phones search for."},
		{"mccMnc", texts(&p.MCCMNC).like(`^[0-9]{3}[0-9Ff][0-9]{2}$`, "three digits and three, or `F` and two"),
			"Mobile networks. iOS only."},
	}
}

func wpa2Keys(w *onboarding.WPA2) keys {
	return keys{
		{"ssid", text(&w.SSID).needed().upTo(32), "The name of the network."},
		{"ssidHidden", truth(&w.Hidden).or("false"), "`true`: the access points do not announce the name."},
	}
}
