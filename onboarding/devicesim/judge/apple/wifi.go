package apple

import (
	"fmt"
	"strings"

	"onramp/onboarding/devicesim/judge"
)

// passpointKeys are the keys that are valid only in a Passpoint payload.
var passpointKeys = []string{
	"DomainName",
	"ServiceProviderRoamingEnabled",
	"RoamingConsortiumOIs",
	"NAIRealmNames",
	"MCCAndMNCs",
	"DisplayedOperatorName",
	"HESSID",
}

func (a *reader) readWiFi(p *payload) judge.Network {
	v := p.dict
	n := judge.Network{
		Type:         judge.WPA2Enterprise,
		SSID:         v.str("SSID_STR"),
		Hidden:       v.flag("HIDDEN_NETWORK"),
		HomeDomain:   v.str("DomainName"),
		FriendlyName: v.str("DisplayedOperatorName"),
		Roaming:      v.flag("ServiceProviderRoamingEnabled"),
		NAIRealms:    v.strings("NAIRealmNames"),
		MCCMNC:       v.strings("MCCAndMNCs"),
	}
	if v.flag("IsHotspot") {
		n.Type = judge.Passpoint
		if !judge.IsHostName(n.HomeDomain) || !strings.Contains(n.HomeDomain, ".") {
			a.Breaks(ruleHotspotDomain, p.path+".DomainName "+n.HomeDomain)
		}
	} else {
		for _, key := range passpointKeys {
			if v.has(key) {
				a.Breaks(ruleHotspotFlag, p.path+"."+key)
			}
		}
	}
	if v.has("SSID_STR") && (n.SSID == "" || len(n.SSID) > 32) || !v.has("SSID_STR") && n.HomeDomain == "" {
		a.Breaks(ruleSSID, fmt.Sprintf("%s.SSID_STR %q", p.path, n.SSID))
	}
	a.checkPasspoint(p, &n)
	if e := v.str("EncryptionType"); e != "WPA2" && e != "WPA3" {
		a.Breaks(ruleEncryption, p.path+".EncryptionType "+e)
	}
	if v.flag("DisableAssociationMACRandomization") {
		a.Breaks(ruleMAC, p.path)
	}
	a.checkProxy(p)
	network := n.Type + " " + n.SSID
	if n.Type == judge.Passpoint {
		network = n.Type + " " + strings.ToLower(n.HomeDomain)
	}
	if a.networks[network] {
		a.Breaks(ruleDuplicateNetwork, network)
	}
	a.networks[network] = true

	eap := v.get("EAPClientConfiguration", plistDict)
	if eap == nil || v.has("Password") {
		a.Breaks(ruleNoEAP, p.path)
	}
	if eap != nil {
		a.readEAP(p, eap, &n)
	}
	return n
}

func (a *reader) checkPasspoint(p *payload, n *judge.Network) {
	v := p.dict
	for _, oi := range v.strings("RoamingConsortiumOIs") {
		if !judge.OIFormat.MatchString(oi) {
			a.Breaks(ruleOI, oi)
		}
		n.RoamingConsortiums = append(n.RoamingConsortiums, strings.ToLower(oi))
	}
	if ois := v.get("RoamingConsortiumOIs", plistArray); ois != nil {
		if len(ois.array) == 0 {
			a.Breaks(ruleOI, "an empty list")
		}
		if !n.Roaming {
			a.Breaks(ruleOIRoaming, p.path)
		}
		if v.has("NAIRealmNames") {
			a.Breaks(ruleOIRealms, p.path)
		}
	}
	for _, realm := range n.NAIRealms {
		if realm == "" || len(realm) > 253 || strings.ContainsAny(realm, " \t\r\n@") {
			a.Breaks(ruleRealm, realm)
		}
	}
	if len(n.NAIRealms) > 0 {
		n.Realm = n.NAIRealms[0]
	}
}

func (a *reader) checkProxy(p *payload) {
	v := p.dict
	kind := v.str("ProxyType")
	manual := v.has("ProxyServer") || v.has("ProxyServerPort") || v.has("ProxyUsername") || v.has("ProxyPassword")
	automatic := v.has("ProxyPACURL") || v.has("ProxyPACFallbackAllowed")
	complete := v.str("ProxyServer") != "" && v.has("ProxyServerPort")
	if kind == "Manual" && !complete || manual && kind != "Manual" || automatic && kind != "Auto" {
		a.Breaks(ruleProxy, p.path)
	}
}

func (a *reader) readEAP(p *payload, eap *plistValue, n *judge.Network) {
	path := p.path + ".EAPClientConfiguration"
	if types := eap.get("AcceptEAPTypes", plistArray); types != nil {
		var numbers []int64
		for _, t := range types.array {
			numbers = append(numbers, t.integer)
		}
		if len(numbers) != 1 || numbers[0] != judge.EAPTTLS && numbers[0] != judge.EAPPEAP {
			a.Breaks(ruleEAPTypes, fmt.Sprint(numbers))
		} else {
			n.EAP = int(numbers[0])
		}
	}
	n.Username = eap.str("UserName")
	n.Password = judge.Secret(eap.str("UserPassword"))
	n.OuterIdentity = eap.str("OuterIdentity")

	if p.dict.has("PayloadCertificateUUID") || eap.flag("TLSCertificateIsRequired") ||
		p.dict.flag("TLSCertificateRequired") {
		a.Breaks(ruleClientCertificate, path)
	}
	a.checkTunnel(eap, path, n)
	if eap.has("OneTimeUserPassword") {
		a.Breaks(ruleOneTime, path)
	}
	if eap.has("TLSAllowTrustExceptions") {
		a.Breaks(ruleTrustExceptions, path)
	}
	a.checkServerTrust(eap, path, n)
	a.checkTLSVersions(eap, path)
}

// checkTunnel checks user name, password and method of the TLS tunnel.
func (a *reader) checkTunnel(eap *plistValue, path string, n *judge.Network) {
	if n.Username == "" || n.Password == "" {
		a.Breaks(ruleCredentials, path)
	}
	if n.OuterIdentity == "" || n.OuterIdentity == n.Username {
		a.Breaks(ruleOuter, n.OuterIdentity)
	}
	inner := eap.str("TTLSInnerAuthentication")
	switch n.EAP {
	case judge.EAPTTLS:
		if inner == "" {
			a.Breaks(ruleInner, path)
		}
		n.Inner = inner // Apple spells methods as the Inner constants do
	case judge.EAPPEAP:
		n.Inner = judge.InnerEAPMSCHAPv2
	}
}

func (a *reader) checkServerTrust(eap *plistValue, path string, n *judge.Network) {
	n.Anchors = a.anchors(eap, path)
	n.ServerNames = eap.strings("TLSTrustedServerNames")
	n.ServerMatch = judge.MatchExact
	if len(n.ServerNames) == 0 {
		n.ServerMatch = judge.MatchAny
		if len(eap.strings("PayloadCertificateAnchorUUID")) == 0 {
			a.Breaks(ruleTrust, path)
		}
	}
	for _, name := range n.ServerNames {
		host, wild := strings.CutPrefix(name, "*.")
		// `*.example.com` matches hosts of one organization; `*.com` matches those of many.
		if !judge.IsHostName(host) || judge.IsPublicSuffix(host) || !wild && judge.IsRegistrable(host) {
			a.Breaks(ruleServerName, name)
		}
	}
}

func (a *reader) checkTLSVersions(eap *plistValue, path string) {
	minimum, maximum := eap.str("TLSMinimumVersion"), eap.str("TLSMaximumVersion")
	if maximum == "" {
		maximum = "1.2"
	}
	if minimum < "1.2" || minimum > maximum {
		a.Breaks(ruleTLSVersion, fmt.Sprintf("%s: minimum %q, maximum %q", path, minimum, maximum))
	}
}
