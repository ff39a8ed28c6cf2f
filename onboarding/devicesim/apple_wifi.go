package devicesim

import (
	"fmt"
	"strings"
)

// passpointKeys are those that mean something only in a hotspot payload.
var passpointKeys = []string{"DomainName", "ServiceProviderRoamingEnabled", "RoamingConsortiumOIs", "NAIRealmNames", "MCCAndMNCs", "DisplayedOperatorName", "HESSID"}

func (a *appleReader) readWiFi(p *applePayload) Network {
	v := p.dict
	n := Network{
		Type:         WPA2Enterprise,
		SSID:         v.str("SSID_STR"),
		Hidden:       v.flag("HIDDEN_NETWORK"),
		HomeDomain:   v.str("DomainName"),
		FriendlyName: v.str("DisplayedOperatorName"),
		Roaming:      v.flag("ServiceProviderRoamingEnabled"),
		NAIRealms:    v.strings("NAIRealmNames"),
		MCCMNC:       v.strings("MCCAndMNCs"),
	}
	if v.flag("IsHotspot") {
		n.Type = Passpoint
		if !isHostName(n.HomeDomain) || !strings.Contains(n.HomeDomain, ".") {
			a.breaks(appleHotspotDomain, p.path+".DomainName "+n.HomeDomain)
		}
	} else {
		for _, key := range passpointKeys {
			if v.has(key) {
				a.breaks(appleHotspotFlag, p.path+"."+key)
			}
		}
	}
	if v.has("SSID_STR") && (n.SSID == "" || len(n.SSID) > 32) || !v.has("SSID_STR") && n.HomeDomain == "" {
		a.breaks(appleSSID, fmt.Sprintf("%s.SSID_STR %q", p.path, n.SSID))
	}
	a.checkPasspoint(p, &n)
	if e := v.str("EncryptionType"); e != "WPA2" && e != "WPA3" {
		a.breaks(appleEncryption, p.path+".EncryptionType "+e)
	}
	if v.flag("DisableAssociationMACRandomization") {
		a.breaks(appleMAC, p.path)
	}
	a.checkProxy(p)
	network := n.Type + " " + n.SSID
	if n.Type == Passpoint {
		network = n.Type + " " + strings.ToLower(n.HomeDomain)
	}
	if a.networks[network] {
		a.breaks(appleDuplicateNetwork, network)
	}
	a.networks[network] = true

	eap := v.get("EAPClientConfiguration", plistDict)
	if eap == nil || v.has("Password") {
		a.breaks(appleNoEAP, p.path)
	}
	if eap != nil {
		a.readEAP(p, eap, &n)
	}
	return n
}

func (a *appleReader) checkPasspoint(p *applePayload, n *Network) {
	v := p.dict
	for _, oi := range v.strings("RoamingConsortiumOIs") {
		if !oiFormat.MatchString(oi) {
			a.breaks(appleOI, oi)
		}
		n.RoamingConsortiums = append(n.RoamingConsortiums, strings.ToLower(oi))
	}
	if ois := v.get("RoamingConsortiumOIs", plistArray); ois != nil {
		if len(ois.array) == 0 {
			a.breaks(appleOI, "an empty list")
		}
		if !n.Roaming {
			a.breaks(appleOIRoaming, p.path)
		}
		if v.has("NAIRealmNames") {
			a.breaks(appleOIRealms, p.path)
		}
	}
	for _, realm := range n.NAIRealms {
		if realm == "" || len(realm) > 253 || strings.ContainsAny(realm, " \t\r\n@") {
			a.breaks(appleRealm, realm)
		}
	}
	if len(n.NAIRealms) > 0 {
		n.Realm = n.NAIRealms[0]
	}
}

func (a *appleReader) checkProxy(p *applePayload) {
	v := p.dict
	kind := v.str("ProxyType")
	manual := v.has("ProxyServer") || v.has("ProxyServerPort") || v.has("ProxyUsername") || v.has("ProxyPassword")
	automatic := v.has("ProxyPACURL") || v.has("ProxyPACFallbackAllowed")
	complete := v.str("ProxyServer") != "" && v.has("ProxyServerPort")
	if kind == "Manual" && !complete || manual && kind != "Manual" || automatic && kind != "Auto" {
		a.breaks(appleProxy, p.path)
	}
}

func (a *appleReader) readEAP(p *applePayload, eap *plistValue, n *Network) {
	path := p.path + ".EAPClientConfiguration"
	if types := eap.get("AcceptEAPTypes", plistArray); types != nil {
		var numbers []int64
		for _, t := range types.array {
			numbers = append(numbers, t.integer)
		}
		if len(numbers) != 1 || numbers[0] != EAPTTLS && numbers[0] != EAPPEAP {
			a.breaks(appleEAPTypes, fmt.Sprint(numbers))
		} else {
			n.EAP = int(numbers[0])
		}
	}
	n.Username = eap.str("UserName")
	n.Password = Secret(eap.str("UserPassword"))
	n.OuterIdentity = eap.str("OuterIdentity")

	if p.dict.has("PayloadCertificateUUID") || eap.flag("TLSCertificateIsRequired") || p.dict.flag("TLSCertificateRequired") {
		a.breaks(appleClientCertificate, path)
	}
	a.checkTunnel(eap, path, n)
	if eap.has("OneTimeUserPassword") {
		a.breaks(appleOneTime, path)
	}
	if eap.has("TLSAllowTrustExceptions") {
		a.breaks(appleTrustExceptions, path)
	}
	a.checkServerTrust(eap, path, n)
	a.checkTLSVersions(eap, path)
}

// checkTunnel is for the name and password inside the TLS tunnel.
func (a *appleReader) checkTunnel(eap *plistValue, path string, n *Network) {
	if n.Username == "" || n.Password == "" {
		a.breaks(appleCredentials, path)
	}
	if n.OuterIdentity == "" || n.OuterIdentity == n.Username {
		a.breaks(appleOuter, n.OuterIdentity)
	}
	inner := eap.str("TTLSInnerAuthentication")
	switch n.EAP {
	case EAPTTLS:
		if inner == "" {
			a.breaks(appleInner, path)
		}
		n.Inner = inner // Apple's spellings are those of the Inner constants
	case EAPPEAP:
		n.Inner = InnerEAPMSCHAPv2
	}
}

func (a *appleReader) checkServerTrust(eap *plistValue, path string, n *Network) {
	n.Anchors = a.anchors(eap, path)
	n.ServerNames = eap.strings("TLSTrustedServerNames")
	n.ServerMatch = MatchExact
	if len(n.ServerNames) == 0 {
		n.ServerMatch = MatchAny
		if len(eap.strings("PayloadCertificateAnchorUUID")) == 0 {
			a.breaks(appleTrust, path)
		}
	}
	for _, name := range n.ServerNames {
		host, wild := strings.CutPrefix(name, "*.")
		// `*.example.com` names the hosts of one organization; `*.com` names everybody's.
		if !isHostName(host) || isPublicSuffix(host) || !wild && isRegistrable(host) {
			a.breaks(appleServerName, name)
		}
	}
}

func (a *appleReader) checkTLSVersions(eap *plistValue, path string) {
	minimum, maximum := eap.str("TLSMinimumVersion"), eap.str("TLSMaximumVersion")
	if maximum == "" {
		maximum = "1.2"
	}
	if minimum < "1.2" || minimum > maximum {
		a.breaks(appleTLSVersion, fmt.Sprintf("%s: minimum %q, maximum %q", path, minimum, maximum))
	}
}
