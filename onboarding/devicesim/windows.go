package devicesim

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

const (
	nsCarrier         = "http://www.microsoft.com/networking/CarrierControl/v1"
	nsCarrierWLAN     = "http://www.microsoft.com/networking/CarrierControl/WLAN/v1"
	nsOneX            = "http://www.microsoft.com/networking/OneX/v1"
	nsEAPHost         = "http://www.microsoft.com/provisioning/EapHostConfig"
	nsEAPUser         = "http://www.microsoft.com/provisioning/EapHostUserCredentials"
	nsTTLS            = "http://www.microsoft.com/provisioning/EapTtlsConnectionPropertiesV1"
	nsTTLSUser        = "http://www.microsoft.com/provisioning/EapTtlsUserPropertiesV1"
	nsBaseEAP         = "http://www.microsoft.com/provisioning/BaseEapConnectionPropertiesV1"
	nsPEAP            = "http://www.microsoft.com/provisioning/MsPeapConnectionPropertiesV1"
	guidPattern       = `^\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}$`
	subscriberPattern = `^[A-Za-z0-9._@-]{1,64}$`
)

var (
	guidFormat       = regexp.MustCompile(guidPattern)
	subscriberFormat = regexp.MustCompile(subscriberPattern)
	ouiFormat        = regexp.MustCompile(`^([0-9A-Fa-f]{2}){3,5}$`)
	plmnFormat       = regexp.MustCompile(`^[0-9]{5,6}$`)
)

// checkWindows is the Wi-Fi provisioning page of Windows Settings.
func checkWindows(j *judge, file []byte, o Options) *View {
	root, err := parseSchema(file)
	if err != nil {
		j.breaks(windowsXML, err.Error())
		return nil
	}
	doc := string(file)
	if _, err := (&canonicalizer{}).write(doc); err != nil {
		j.breaks(windowsXML, "a processing instruction")
		return nil
	}
	if root.local != "CarrierProvisioning" || root.space != nsCarrier {
		j.breaks(windowsNamespace, root.local+" in "+root.space)
		return nil
	}
	view := &View{}
	if sig := root.child("Signature"); sig == nil || sig.space != nsDSig {
		j.breaks(windowsSignatureMissing, "")
	} else if signer, trusted := verifyXMLSignature(j, doc, sig, o); signer != nil {
		view.Signer, view.SignatureTrusted = signer.Subject.String(), trusted
	}
	if bad := root.misfit(carrierModel, root.local); bad != "" {
		j.breaks(windowsSchema, bad)
		return nil
	}
	carrier, subscriber := root.value("Global", "CarrierId"), root.value("Global", "SubscriberId")
	if !guidFormat.MatchString(carrier) || !subscriberFormat.MatchString(subscriber) {
		j.breaks(windowsGlobal, carrier+" "+subscriber)
	}
	view.Identifier = carrier
	seen := map[string]bool{}
	for _, p := range root.child("WLANProfiles").children {
		name := p.rawValue("name")
		if name == "" || len(name) > 255 || seen[name] {
			j.breaks(windowsNoProfile, "name "+name)
		}
		seen[name] = true
		if p.space != nsCarrierWLAN {
			j.breaks(windowsNamespace, "WLANProfile in "+p.space)
		}
		view.Networks = append(view.Networks, readWLANProfile(j, p))
	}
	if len(view.Networks) == 0 {
		j.breaks(windowsNoProfile, "none")
	}
	return view
}

func readWLANProfile(j *judge, p *resolved) Network {
	n := Network{Type: WPA2Enterprise, ServerMatch: MatchExact, FriendlyName: p.rawValue("name")}
	if h := p.child("Hotspot2"); h != nil {
		n.Type, n.HomeDomain = Passpoint, h.value("DomainName")
		if !isHostName(n.HomeDomain) || len(n.HomeDomain) > 255 {
			j.breaks(windowsNetwork, "DomainName "+n.HomeDomain)
		}
		for _, c := range h.child("NAIRealm").all() {
			n.NAIRealms = append(n.NAIRealms, c.text)
		}
		if len(n.NAIRealms) > 0 {
			n.Realm = n.NAIRealms[0]
		}
		for _, c := range h.child("Network3GPP").all() {
			if !plmnFormat.MatchString(c.text) {
				j.breaks(windowsNetwork, "PLMNID "+c.text)
			}
			n.MCCMNC = append(n.MCCMNC, c.text)
		}
		for _, c := range h.child("RoamingConsortium").all() {
			if !ouiFormat.MatchString(c.text) {
				j.breaks(windowsOUI, c.text)
			}
			n.RoamingConsortiums = append(n.RoamingConsortiums, strings.ToLower(c.text))
		}
	}
	readWindowsSSIDs(j, p.child("SSIDConfig"), &n)
	security := p.find("MSM", "security")
	auth := security.child("authEncryption")
	if a := auth.value("authentication"); a != "WPA2" || auth.value("encryption") != "AES" || auth.value("useOneX") != "true" || security.value("OneX", "authMode") != "user" {
		j.breaks(windowsAuth, a+" "+auth.value("encryption")+" "+auth.value("useOneX")+" "+security.value("OneX", "authMode"))
	}
	for _, c := range []struct {
		local, space string
		content      contentModel
	}{{"OneX", nsOneX, oneXModel}, {"EapHostUserCredentials", nsEAPUser, userCredentialsModel}} {
		switch x := security.child(c.local); {
		case x == nil && c.local == "OneX":
			j.breaks(windowsSchema, "WLANProfile without OneX")
			return n
		case x == nil:
		case x.space != c.space:
			j.breaks(windowsNamespace, c.local+" in "+x.space)
		default:
			if bad := x.misfit(c.content, c.local); bad != "" {
				j.breaks(windowsSchema, bad)
				return n
			}
		}
	}
	readWindowsEAP(j, security, &n)
	return n
}

// readWindowsSSIDs reads the names of a network. Those of a Passpoint profile stand there because the schema asks
// for one.
func readWindowsSSIDs(j *judge, config *resolved, n *Network) {
	for _, s := range config.all() {
		if s.local != "SSID" || s.space != nsCarrierWLAN {
			continue
		}
		ssid := s.rawValue("name")
		if h := s.child("hex"); h != nil {
			raw, err := hex.DecodeString(h.text)
			if err != nil || len(s.children) > 1 {
				j.breaks(windowsNetwork, "SSID hex "+h.text)
			}
			ssid = string(raw)
		}
		if ssid == "" || len(ssid) > 32 {
			j.breaks(windowsNetwork, "SSID "+ssid)
		}
		if n.Type == WPA2Enterprise && n.SSID == "" {
			n.SSID = ssid
		}
	}
}

func readWindowsEAP(j *judge, security *resolved, n *Network) {
	host := security.find("OneX", "EAPConfig", "EapHostConfig")
	if host.space != nsEAPHost {
		j.breaks(windowsNamespace, "EapHostConfig in "+host.space)
	}
	method := host.value("EapMethod", "Type") + " by " + host.value("EapMethod", "AuthorId")
	config := host.child("Config")
	users := security.child("EapHostUserCredentials")
	if users == nil || users.value("EapMethod", "Type") != host.value("EapMethod", "Type") {
		j.breaks(windowsCredentials, "EapHostUserCredentials")
	}
	switch method {
	case "21 by 311":
		n.EAP, n.Inner = EAPTTLS, InnerMSCHAPv2
		readWindowsTTLS(j, config.child("EapTtls"), n)
		readWindowsUser(j, users.find("Credentials", "EapTtls"), nsTTLSUser, n)
	case "25 by 0":
		n.EAP, n.Inner = EAPPEAP, InnerEAPMSCHAPv2
		readWindowsUser(j, users.find("Credentials", "Eap", "EapType", "Eap", "EapType"), "", n)
		readWindowsPEAP(j, config.child("Eap"), n)
	default:
		j.breaks(windowsEAP, method)
	}
	if n.OuterIdentity == "" || n.OuterIdentity == n.Username {
		j.breaks(windowsOuter, n.OuterIdentity)
	}
}

func readWindowsTTLS(j *judge, ttls *resolved, n *Network) {
	if ttls == nil || ttls.space != nsTTLS {
		j.breaks(windowsNamespace, "EapTtls")
		return
	}
	if bad := ttls.misfit(ttlsModel, "EapTtls"); bad != "" {
		j.breaks(windowsSchema, bad)
		return
	}
	for _, c := range ttls.child("Phase2Authentication").children {
		if c.local != "MSCHAPv2Authentication" || c.value("UseWinlogonCredentials") == "true" {
			j.breaks(windowsEAP, c.local)
		}
	}
	if len(ttls.child("Phase2Authentication").children) != 1 {
		j.breaks(windowsEAP, "no inner method")
	}
	v := ttls.child("ServerValidation")
	readWindowsServer(j, v.value("ServerNames"), v.value("DisablePrompt") == "true", n)
	for _, c := range v.children {
		if strings.HasPrefix(c.local, "TrustedRootCA") {
			checkRootHash(j, c.text)
		}
	}
	if ttls.value("Phase1Identity", "IdentityPrivacy") == "true" {
		n.OuterIdentity = ttls.rawValue("Phase1Identity", "AnonymousIdentity")
	}
}

func readWindowsPEAP(j *judge, eap *resolved, n *Network) {
	peap := eap.child("EapType")
	if peap == nil || eap.space != nsBaseEAP || peap.space != nsPEAP {
		j.breaks(windowsNamespace, "Eap")
		return
	}
	if t := peap.value("Eap", "Type"); t != "26" || peap.value("Eap", "EapType", "UseWinLogonCredentials") == "true" {
		j.breaks(windowsEAP, "PEAP with "+t)
	}
	v := peap.child("ServerValidation")
	validates := peap.value("PeapExtensions", "PerformServerValidation") == "true" && peap.value("PeapExtensions", "AcceptServerName") == "true"
	readWindowsServer(j, v.value("ServerNames"), validates && v.value("DisableUserPromptForServerValidation") == "true", n)
	for _, c := range v.all() {
		if c.local == "TrustedRootCA" {
			checkRootHash(j, c.text)
		}
	}
	privacy := peap.find("PeapExtensions", "IdentityPrivacy")
	if privacy.value("EnableIdentityPrivacy") != "true" {
		return
	}
	n.OuterIdentity = privacy.rawValue("AnonymousUserName")
	if strings.Contains(n.OuterIdentity, "@") {
		j.breaks(windowsPEAPOuter, n.OuterIdentity)
	}
	if at := strings.LastIndexByte(n.Username, '@'); at >= 0 {
		n.OuterIdentity += n.Username[at:] // Windows adds the realm of the user name
	}
}

func readWindowsServer(j *judge, names string, strict bool, n *Network) {
	if !strict {
		j.breaks(windowsServer, "the prompt is not disabled")
	}
	for _, name := range strings.Split(names, ";") {
		host := name
		if m := windowsWildcard.FindStringSubmatch(name); m != nil {
			host = strings.ReplaceAll(m[1], `\.`, ".")
			name = "*." + host
		}
		if !isHostName(host) || isPublicSuffix(host) {
			j.breaks(windowsServer, fmt.Sprintf("name %q", name))
		}
		n.ServerNames = append(n.ServerNames, name)
	}
}

// windowsWildcard is any one label before a host name. What holds a * is a regular expression to Windows; of those this one alone
// means what a wildcard does elsewhere.
var windowsWildcard = regexp.MustCompile(`^\[\^\.\]\*\\\.((?:[A-Za-z0-9_-]+\\\.)+[A-Za-z0-9_-]+)$`)

// checkRootHash takes the hash of a certificate, with or without blanks between the octets.
func checkRootHash(j *judge, text string) {
	raw, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(raw) != 20 && len(raw) != 32 {
		j.breaks(windowsRoot, text)
	}
}

func readWindowsUser(j *judge, user *resolved, space string, n *Network) {
	if user == nil || space != "" && user.space != space || user.rawValue("Username") == "" || user.rawValue("Password") == "" {
		j.breaks(windowsCredentials, "user name or password")
		return
	}
	n.Username, n.Password = user.rawValue("Username"), Secret(user.rawValue("Password"))
}
