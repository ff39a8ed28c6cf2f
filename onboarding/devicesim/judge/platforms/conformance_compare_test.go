package platforms_test

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"onramp/onboarding/devicesim/judge"
	"onramp/profiles"
)

// compare compares the device's view with the settings, the credential and the recorded networks.
func compare(
	t *rapid.T,
	platform profiles.Platform,
	s profiles.Settings,
	c profiles.Credential,
	doc *profiles.Document,
	v *judge.View,
) {
	check := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Fatalf("%s: %s is %q, want %q\n%s", platform, what, got, want, doc.Body)
		}
	}
	check("number of networks", len(v.Networks), len(doc.Networks))
	switch platform {
	case profiles.IOS,
		profiles.MacOS,
		profiles.Android,
		profiles.EAPConfig,
		profiles.SettingsIOS,
		profiles.SettingsAndroid:
		if v.Expires == nil || !v.Expires.Equal(c.Expires.Truncate(time.Second)) {
			t.Fatalf("%s: expires %v, want %v", platform, v.Expires, c.Expires)
		}
	}
	organization := s.OrganizationName
	for _, tag := range []string{"default", language(c.Language), c.Language} {
		if name, ok := s.OrganizationNames[tag]; ok {
			organization = name
		}
	}
	switch platform {
	case profiles.IOS, profiles.MacOS:
		check("organization", v.Organization, organization)
		if !strings.Contains(v.Description, organization) {
			t.Fatalf("the description does not name the organization: %q", v.Description)
		}
		for tag, text := range s.ConsentText {
			if tag != "default" {
				check("consent in "+tag, v.Consent[tag], text)
			}
		}
		if (v.Consent["default"] == "") != (len(s.ConsentText) == 0) {
			t.Fatalf("consent %q", v.Consent)
		}
	case profiles.EAPConfig:
		check("name", v.DisplayName, s.OrganizationName)
	}
	for _, kept := range doc.Networks {
		i := slices.IndexFunc(v.Networks, func(n judge.Network) bool { return n.Type == string(kept.Type) })
		if i < 0 {
			t.Fatalf("%s: the device knows no %s network", platform, kept.Type)
		}
		n := v.Networks[i]
		check("user name", n.Username, c.Username)
		check("recorded user name", kept.Username, c.Username)
		check("password", n.Password.Reveal(), c.Password)
		check("outer identity", n.OuterIdentity, kept.OuterIdentity)
		compareMethod(t, platform, s, n)
		compareTrust(t, platform, s, n)
		if kept.Type == profiles.TypeWPA2Enterprise {
			check("SSID", n.SSID, s.WPA2.SSID)
			check("recorded SSID", kept.SSID, s.WPA2.SSID)
			if platform != profiles.EAPConfig && platform != profiles.Windows { // which cannot express it
				check("hidden", n.Hidden, s.WPA2.Hidden)
			}
			check("outer identity by the settings", n.OuterIdentity, sentIdentity(platform, s, c))
			continue
		}
		comparePasspoint(t, platform, s, n)
	}
}

func language(tag string) string {
	primary, _, _ := strings.Cut(tag, "-")
	return primary
}

// outerIdentity returns the outer identity of the settings.
func outerIdentity(s profiles.Settings) string {
	switch {
	case s.OuterIdentity != "":
		return s.OuterIdentity
	case s.Passpoint != nil:
		return "anonymous@" + s.Passpoint.Realm
	}
	return "anonymous"
}

// sentIdentity returns the identity that the device sends. PEAP on Windows uses the part before the
// @, which must not be empty, and adds the realm of the user name.
func sentIdentity(platform profiles.Platform, s profiles.Settings, c profiles.Credential) string {
	identity := outerIdentity(s)
	if platform != profiles.Windows || s.Method != profiles.PEAP {
		return identity
	}
	if identity, _, _ = strings.Cut(identity, "@"); identity == "" {
		identity = "anonymous"
	}
	if at := strings.LastIndexByte(c.Username, '@'); at >= 0 {
		identity += c.Username[at:]
	}
	return identity
}

func compareMethod(t *rapid.T, platform profiles.Platform, s profiles.Settings, n judge.Network) {
	want, inner := judge.EAPTTLS, judge.InnerMSCHAPv2
	if s.Inner == profiles.PAP {
		inner = judge.InnerPAP
	}
	if s.Method == profiles.PEAP {
		want, inner = judge.EAPPEAP, judge.InnerEAPMSCHAPv2
	}
	if n.EAP != want || n.Inner != inner {
		t.Fatalf("%s %s: EAP method %d with %s, want %d with %s", platform, n.Type, n.EAP, n.Inner, want, inner)
	}
}

// compareTrust compares the certificates and server names that the device trusts.
func compareTrust(t *rapid.T, platform profiles.Platform, s profiles.Settings, n judge.Network) {
	private := len(s.TrustAnchor) > 0
	named := len(s.PublicRoots) > 0 // some platforms get them like a private root
	if platform != profiles.Windows && !named && private != (len(n.Anchors) == 1) {
		t.Fatalf("%s %s: %d anchors, a private root is %v", platform, n.Type, len(n.Anchors), private)
	}
	for _, anchor := range n.Anchors {
		ours := func(root string) bool { return root == asPEM(anchor) }
		if !slices.ContainsFunc(append(slices.Clone(s.PublicRoots), s.TrustAnchor), ours) {
			t.Fatalf("%s %s: an anchor that nobody named", platform, n.Type)
		}
	}
	var want []string
	rule := judge.MatchSuffix
	switch platform {
	case profiles.IOS, profiles.MacOS, profiles.SettingsIOS, profiles.Windows, profiles.EAPConfig:
		want, rule = s.TrustedServerNames, judge.MatchExact
	case judge.IWD:
		rule = judge.MatchExact
		for _, name := range s.TrustedServerNames {
			want = append(want, strings.ToLower(name))
		}
	default:
		for _, name := range s.TrustedServerNames {
			want = append(want, strings.TrimPrefix(name, "*."))
		}
	}
	if n.ServerMatch != rule {
		t.Fatalf("%s %s: names are compared by %q", platform, n.Type, n.ServerMatch)
	}
	if n.Type == judge.Passpoint && private && (platform == profiles.Android || platform == profiles.SettingsAndroid) {
		// Android compares with the home domain, which must contain all of them.
		for _, name := range want {
			if home := strings.ToLower(n.HomeDomain); len(n.ServerNames) != 1 || n.ServerNames[0] != n.HomeDomain ||
				!strings.HasSuffix("."+strings.ToLower(name), "."+home) {
				t.Fatalf("%s: %q are compared with %q", platform, name, n.ServerNames)
			}
		}
		return
	}
	if !slices.Equal(n.ServerNames, want) {
		t.Fatalf("%s %s: trusted names %q, want %q", platform, n.Type, n.ServerNames, want)
	}
}

func comparePasspoint(t *rapid.T, platform profiles.Platform, s profiles.Settings, n judge.Network) {
	p := s.Passpoint
	fail := func(what string, got, want any) { t.Fatalf("%s: %s is %q, want %q", platform, what, got, want) }
	switch platform {
	case profiles.Linux, profiles.EAPConfig: // have no name
	case profiles.Windows:
		// A profile's name is unique, and the schema folds blanks.
		fold := func(name string) string { return strings.Join(strings.Fields(name), " ") }
		renamed := s.WPA2 != nil && fold(s.WPA2.SSID) == fold(p.FriendlyName) &&
			strings.HasPrefix(n.FriendlyName, p.FriendlyName)
		if n.FriendlyName != p.FriendlyName && !renamed {
			fail("friendly name", n.FriendlyName, p.FriendlyName)
		}
	case profiles.Android:
		if want := strings.Trim(p.FriendlyName, " "); n.FriendlyName != want {
			fail("friendly name", n.FriendlyName, want)
		}
	default:
		if n.FriendlyName != p.FriendlyName {
			fail("friendly name", n.FriendlyName, p.FriendlyName)
		}
	}
	want := map[string]bool{}
	for _, oi := range p.RoamingConsortiums {
		want[strings.ToLower(oi)] = true
	}
	if p.OpenRoaming == profiles.SettlementFree {
		want["5a03ba0000"] = true
	}
	got := map[string]bool{}
	for _, oi := range n.RoamingConsortiums {
		if raw, err := hex.DecodeString(oi); err != nil || !want[oi] || got[oi] {
			fail("roaming consortium", raw, want)
		}
		got[oi] = true
	}
	if len(got) != len(want) {
		fail("roaming consortiums", got, want)
	}
	if platform == profiles.EAPConfig || platform == judge.IWD {
		return // they have no domain
	}
	home, named := p.HomeDomain, p.HomeDomain != ""
	if !named && len(s.TrustAnchor) == 0 {
		home, named = p.Realm, true
	}
	if named && n.HomeDomain != home {
		fail("home domain", n.HomeDomain, home)
	}
	switch platform {
	case profiles.IOS, profiles.MacOS, profiles.SettingsIOS:
		if n.Roaming != (p.Roaming || p.OpenRoaming != "") {
			fail("roaming", n.Roaming, p.Roaming)
		}
		realms := p.NAIRealms
		if len(realms) == 0 && len(want) == 0 {
			realms = []string{p.Realm}
		}
		if !slices.Equal(n.NAIRealms, realms) {
			fail("NAI realms", n.NAIRealms, realms)
		}
		if platform != profiles.MacOS && !slices.Equal(n.MCCMNC, p.MCCMNC) {
			fail("mobile networks", n.MCCMNC, p.MCCMNC)
		}
	case profiles.Windows:
		realms := p.NAIRealms
		if len(realms) == 0 {
			realms = []string{p.Realm}
		}
		if !slices.Equal(n.NAIRealms, realms) {
			fail("NAI realms", n.NAIRealms, realms)
		}
	default:
		if n.Realm != p.Realm {
			fail("realm", n.Realm, p.Realm)
		}
	}
}
