package windows

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/xmldoc"
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

// Check judges a file as the Wi-Fi provisioning page of Windows Settings does.
func Check(j *judge.Findings, file []byte, o judge.Options) *judge.View {
	root, err := xmldoc.ParseSchema(file)
	if err != nil {
		j.Breaks(ruleXML, err.Error())
		return nil
	}
	doc := string(file)
	if _, err := (&xmldoc.Canonicalizer{}).Write(doc); err != nil {
		j.Breaks(ruleXML, "processing instruction")
		return nil
	}
	if root.Local != "CarrierProvisioning" || root.Space != nsCarrier {
		j.Breaks(ruleNamespace, root.Local+" in "+root.Space)
		return nil
	}
	view := &judge.View{}
	if sig := root.Child("Signature"); sig == nil || sig.Space != nsDSig {
		j.Breaks(ruleSignatureMissing, "")
	} else if signer, trusted := verifyXMLSignature(j, doc, sig, o); signer != nil {
		view.Signer, view.SignatureTrusted = signer.Subject.String(), trusted
	}
	if bad := root.Misfit(carrierModel, root.Local); bad != "" {
		j.Breaks(ruleSchema, bad)
		return nil
	}
	carrier, subscriber := root.Value("Global", "CarrierId"), root.Value("Global", "SubscriberId")
	if !guidFormat.MatchString(carrier) || !subscriberFormat.MatchString(subscriber) {
		j.Breaks(ruleGlobal, carrier+" "+subscriber)
	}
	view.Identifier = carrier
	seen := map[string]bool{}
	for _, p := range root.Child("WLANProfiles").Children {
		name := p.RawValue("name")
		if name == "" || len(name) > 255 || seen[name] {
			j.Breaks(ruleNoProfile, "name "+name)
		}
		seen[name] = true
		if p.Space != nsCarrierWLAN {
			j.Breaks(ruleNamespace, "WLANProfile in "+p.Space)
		}
		view.Networks = append(view.Networks, readWLANProfile(j, p))
	}
	if len(view.Networks) == 0 {
		j.Breaks(ruleNoProfile, "none")
	}
	return view
}

func readWLANProfile(j *judge.Findings, p *xmldoc.Node) judge.Network {
	n := judge.Network{Type: judge.WPA2Enterprise, ServerMatch: judge.MatchExact, FriendlyName: p.RawValue("name")}
	if h := p.Child("Hotspot2"); h != nil {
		n.Type, n.HomeDomain = judge.Passpoint, h.Value("DomainName")
		if !judge.IsHostName(n.HomeDomain) || len(n.HomeDomain) > 255 {
			j.Breaks(ruleNetwork, "DomainName "+n.HomeDomain)
		}
		for _, c := range h.Child("NAIRealm").All() {
			n.NAIRealms = append(n.NAIRealms, c.Text)
		}
		if len(n.NAIRealms) > 0 {
			n.Realm = n.NAIRealms[0]
		}
		for _, c := range h.Child("Network3GPP").All() {
			if !plmnFormat.MatchString(c.Text) {
				j.Breaks(ruleNetwork, "PLMNID "+c.Text)
			}
			n.MCCMNC = append(n.MCCMNC, c.Text)
		}
		for _, c := range h.Child("RoamingConsortium").All() {
			if !ouiFormat.MatchString(c.Text) {
				j.Breaks(ruleOUI, c.Text)
			}
			n.RoamingConsortiums = append(n.RoamingConsortiums, strings.ToLower(c.Text))
		}
	}
	readSSIDs(j, p.Child("SSIDConfig"), &n)
	security := p.Find("MSM", "security")
	auth := security.Child("authEncryption")
	if a := auth.Value(
		"authentication"); a != "WPA2" || auth.Value("encryption") != "AES" || auth.Value("useOneX") != "true" ||
		security.Value("OneX", "authMode") != "user" {
		j.Breaks(ruleAuth,
			a+" "+auth.Value("encryption")+" "+auth.Value("useOneX")+" "+security.Value("OneX", "authMode"))
	}
	for _, c := range []struct {
		local, space string
		content      xmldoc.Model
	}{{"OneX", nsOneX, oneXModel}, {"EapHostUserCredentials", nsEAPUser, userCredentialsModel}} {
		switch x := security.Child(c.local); {
		case x == nil && c.local == "OneX":
			j.Breaks(ruleSchema, "WLANProfile without OneX")
			return n
		case x == nil:
		case x.Space != c.space:
			j.Breaks(ruleNamespace, c.local+" in "+x.Space)
		default:
			if bad := x.Misfit(c.content, c.local); bad != "" {
				j.Breaks(ruleSchema, bad)
				return n
			}
		}
	}
	readEAP(j, security, &n)
	return n
}

// readSSIDs reads the SSIDs of a network. Those of a Passpoint profile are placeholders that the
// schema requires.
func readSSIDs(j *judge.Findings, config *xmldoc.Node, n *judge.Network) {
	for _, s := range config.All() {
		if s.Local != "SSID" || s.Space != nsCarrierWLAN {
			continue
		}
		ssid := s.RawValue("name")
		if h := s.Child("hex"); h != nil {
			raw, err := hex.DecodeString(h.Text)
			if err != nil || len(s.Children) > 1 {
				j.Breaks(ruleNetwork, "SSID hex "+h.Text)
			}
			ssid = string(raw)
		}
		if ssid == "" || len(ssid) > 32 {
			j.Breaks(ruleNetwork, "SSID "+ssid)
		}
		if n.Type == judge.WPA2Enterprise && n.SSID == "" {
			n.SSID = ssid
		}
	}
}

func readEAP(j *judge.Findings, security *xmldoc.Node, n *judge.Network) {
	host := security.Find("OneX", "EAPConfig", "EapHostConfig")
	if host.Space != nsEAPHost {
		j.Breaks(ruleNamespace, "EapHostConfig in "+host.Space)
	}
	method := host.Value("EapMethod", "Type") + " by " + host.Value("EapMethod", "AuthorId")
	config := host.Child("Config")
	users := security.Child("EapHostUserCredentials")
	if users == nil || users.Value("EapMethod", "Type") != host.Value("EapMethod", "Type") {
		j.Breaks(ruleCredentials, "EapHostUserCredentials")
	}
	switch method {
	case "21 by 311":
		n.EAP, n.Inner = judge.EAPTTLS, judge.InnerMSCHAPv2
		readTTLS(j, config.Child("EapTtls"), n)
		readUser(j, users.Find("Credentials", "EapTtls"), nsTTLSUser, n)
	case "25 by 0":
		n.EAP, n.Inner = judge.EAPPEAP, judge.InnerEAPMSCHAPv2
		readUser(j, users.Find("Credentials", "Eap", "EapType", "Eap", "EapType"), "", n)
		readPEAP(j, config.Child("Eap"), n)
	default:
		j.Breaks(ruleEAP, method)
	}
	if n.OuterIdentity == "" || n.OuterIdentity == n.Username {
		j.Breaks(ruleOuter, n.OuterIdentity)
	}
}

func readTTLS(j *judge.Findings, ttls *xmldoc.Node, n *judge.Network) {
	if ttls == nil || ttls.Space != nsTTLS {
		j.Breaks(ruleNamespace, "EapTtls")
		return
	}
	if bad := ttls.Misfit(ttlsModel, "EapTtls"); bad != "" {
		j.Breaks(ruleSchema, bad)
		return
	}
	for _, c := range ttls.Child("Phase2Authentication").Children {
		if c.Local != "MSCHAPv2Authentication" || c.Value("UseWinlogonCredentials") == "true" {
			j.Breaks(ruleEAP, c.Local)
		}
	}
	if len(ttls.Child("Phase2Authentication").Children) != 1 {
		j.Breaks(ruleEAP, "no inner method")
	}
	v := ttls.Child("ServerValidation")
	readServer(j, v.Value("ServerNames"), v.Value("DisablePrompt") == "true", n)
	for _, c := range v.Children {
		if strings.HasPrefix(c.Local, "TrustedRootCA") {
			checkRootHash(j, c.Text)
		}
	}
	if ttls.Value("Phase1Identity", "IdentityPrivacy") == "true" {
		n.OuterIdentity = ttls.RawValue("Phase1Identity", "AnonymousIdentity")
	}
}

func readPEAP(j *judge.Findings, eap *xmldoc.Node, n *judge.Network) {
	peap := eap.Child("EapType")
	if peap == nil || eap.Space != nsBaseEAP || peap.Space != nsPEAP {
		j.Breaks(ruleNamespace, "Eap")
		return
	}
	if t := peap.Value("Eap", "Type"); t != "26" || peap.Value("Eap", "EapType", "UseWinLogonCredentials") == "true" {
		j.Breaks(ruleEAP, "PEAP with "+t)
	}
	v := peap.Child("ServerValidation")
	validates := peap.Value("PeapExtensions", "PerformServerValidation") == "true" &&
		peap.Value("PeapExtensions", "AcceptServerName") == "true"
	readServer(j, v.Value("ServerNames"), validates && v.Value("DisableUserPromptForServerValidation") == "true", n)
	for _, c := range v.All() {
		if c.Local == "TrustedRootCA" {
			checkRootHash(j, c.Text)
		}
	}
	privacy := peap.Find("PeapExtensions", "IdentityPrivacy")
	if privacy.Value("EnableIdentityPrivacy") != "true" {
		return
	}
	n.OuterIdentity = privacy.RawValue("AnonymousUserName")
	if strings.Contains(n.OuterIdentity, "@") {
		j.Breaks(rulePEAPOuter, n.OuterIdentity)
	}
	if at := strings.LastIndexByte(n.Username, '@'); at >= 0 {
		n.OuterIdentity += n.Username[at:] // Windows appends the realm of the user name
	}
}

func readServer(j *judge.Findings, names string, strict bool, n *judge.Network) {
	if !strict {
		j.Breaks(ruleServer, "prompt not disabled")
	}
	for _, name := range strings.Split(names, ";") {
		host := name
		if m := wildcard.FindStringSubmatch(name); m != nil {
			host = strings.ReplaceAll(m[1], `\.`, ".")
			name = "*." + host
		}
		if !judge.IsHostName(host) || judge.IsPublicSuffix(host) {
			j.Breaks(ruleServer, fmt.Sprintf("name %q", name))
		}
		n.ServerNames = append(n.ServerNames, name)
	}
}

// wildcard matches "any one label" before a host name. To Windows, a name with `*` is a regular
// expression; only this one is equivalent to a wildcard elsewhere.
var wildcard = regexp.MustCompile(`^\[\^\.\]\*\\\.((?:[A-Za-z0-9_-]+\\\.)+[A-Za-z0-9_-]+)$`)

// checkRootHash checks the hash of a certificate. Blanks between octets are allowed.
func checkRootHash(j *judge.Findings, text string) {
	raw, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(raw) != 20 && len(raw) != 32 {
		j.Breaks(ruleRoot, text)
	}
}

func readUser(j *judge.Findings, user *xmldoc.Node, space string, n *judge.Network) {
	if user == nil || space != "" && user.Space != space || user.RawValue("Username") == "" ||
		user.RawValue("Password") == "" {
		j.Breaks(ruleCredentials, "user name or password")
		return
	}
	n.Username, n.Password = user.RawValue("Username"), judge.Secret(user.RawValue("Password"))
}
