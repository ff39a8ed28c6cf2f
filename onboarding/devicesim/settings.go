package devicesim

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The rules of the settings documents: what an app hands to its system by call, as JSON. Members are named
// after the properties of the classes they are for (NEHotspotConfiguration on iOS, WifiNetworkSuggestion and
// PasspointConfiguration on Android).

const settingsThrows = "the app cannot make the call, or the system throws"

var (
	settingsJSON = refusal("settings-json",
		"The document is one JSON object, with no member twice and nothing after it.",
		"the app cannot read the document")
	settingsTop = refusal("settings-document",
		"The document names its platform and lists at least one network, each passpoint or wpa2enterprise.",
		"the app finds nothing to configure")
	settingsExpired = refusal("settings-expired",
		"expires, if present, is an RFC 3339 time that lies ahead.",
		"the app configures a network that no longer lets the person in")
	settingsField = refusal("settings-field",
		"Every member is one that the class has, of the right kind.",
		"the app does not know what to do with it")
	settingsNetwork = refusal("settings-network",
		"A passpoint network has a domain and, on Android, a friendly name and a realm; another has an SSID of 1 to 32 bytes.",
		settingsThrows)
	settingsOI = refusal("settings-oi",
		"An organization identifier is 6 or 10 hex digits, on iOS in upper case and only with roaming.",
		"the identifier never matches a hotspot")
	settingsMethod = refusal("settings-method",
		"The EAP method is TTLS with an inner method in the platform's spelling, or PEAP where the platform has it; on Android Passpoint TTLS alone.",
		settingsThrows)
	settingsCredentials = refusal("settings-credentials",
		"User name, password and, where the platform has it, an outer identity that differs are present; an Android Passpoint password is base64.",
		"the person is asked for them, the user name goes out in clear, or authentication always fails")
	settingsTrust = refusal("settings-trust",
		"Server names are host names, and certificates are valid authorities in base64 of DER; on Android an enterprise network has a domain and a certificate or path.",
		"the system throws, asks the person, or never joins")
)

var (
	settingsShape    = jsonShape{"platform": jsonString, "created": jsonString, "expires": jsonString, "networks": jsonArray}
	settingsIOSShape = jsonShape{"type": jsonString, "displayName": jsonString, "ssid": jsonString, "hidden": jsonBool, "hs20": jsonObject, "eap": jsonObject}
	settingsHS20     = jsonShape{"domainName": jsonString, "roamingEnabled": jsonBool, "naiRealmNames": jsonArray, "roamingConsortiumOIs": jsonArray, "mccAndMNCs": jsonArray}
	settingsIOSEAP   = jsonShape{"supportedEAPTypes": jsonArray, "username": jsonString, "password": jsonString, "outerIdentity": jsonString, "trustedServerNames": jsonArray,
		"ttlsInnerAuthenticationType": jsonString, "preferredTLSVersion": jsonString, "trustedServerCertificates": jsonArray}
	settingsAndroidShape = jsonShape{"type": jsonString, "passpointConfiguration": jsonObject, "ssid": jsonString, "isHiddenSsid": jsonBool, "wpa2EnterpriseConfig": jsonObject}
)

func checkSettingsIOS(j *judge, file []byte, o Options) *View {
	return checkSettings(j, SettingsIOS, file, o, readSettingsIOS)
}

func checkSettingsAndroid(j *judge, file []byte, o Options) *View {
	return checkSettings(j, SettingsAndroid, file, o, readSettingsAndroid)
}

func checkSettings(j *judge, platform string, file []byte, o Options, network func(*settingsReader, *jsonValue) Network) *View {
	top, err := readJSON(file)
	if err != nil || top.kind != jsonObject {
		what := "not an object"
		if err != nil {
			what = err.Error()
		}
		j.breaks(settingsJSON, what)
		return nil
	}
	s := &settingsReader{judge: j, o: o}
	s.fields(top, settingsShape, "")
	list := top.member("networks", jsonArray)
	if top.str("platform") != platform || list == nil || len(list.items) == 0 {
		j.breaks(settingsTop, top.str("platform"))
		return nil
	}
	view := &View{}
	if e := top.member("expires", jsonString); e != nil {
		t, err := time.Parse(time.RFC3339, e.text)
		if err != nil || !t.After(o.Now) {
			j.breaks(settingsExpired, e.text)
		}
		view.Expires = &t
	}
	for _, item := range list.items {
		if kind := item.str("type"); item.kind != jsonObject || kind != Passpoint && kind != WPA2Enterprise {
			j.breaks(settingsTop, "a network of type "+kind)
			continue
		}
		view.Networks = append(view.Networks, network(s, item))
	}
	return view
}

// settingsReader reads the networks of a document.
type settingsReader struct {
	*judge
	o Options
}

func (s *settingsReader) fields(v *jsonValue, shape jsonShape, path string) {
	for _, m := range v.misfits(shape) {
		s.breaks(settingsField, joinPath(path, m))
	}
}

// list returns the strings of an array member.
func (s *settingsReader) list(v *jsonValue, name string) []string {
	out, ok := v.strings(name)
	if !ok {
		s.breaks(settingsField, name)
	}
	return out
}

func (s *settingsReader) authorities(texts []string) [][]byte {
	var out [][]byte
	for _, text := range texts {
		der, err := base64.StdEncoding.DecodeString(text)
		certs := certificatesIn(der)
		if err != nil || len(certs) != 1 || string(certs[0].Raw) != string(der) || !isAuthority(certs[0]) || expired(certs[0], s.o.Now) {
			s.breaks(settingsTrust, "a certificate")
			continue
		}
		out = append(out, der)
	}
	return out
}

func (s *settingsReader) serverNames(names []string) []string {
	for _, name := range names {
		if !isHostName(name) || isPublicSuffix(name) {
			s.breaks(settingsTrust, fmt.Sprintf("name %q", name))
		}
	}
	return names
}

func (s *settingsReader) credentials(n *Network) {
	if n.Username == "" || n.Password == "" || n.OuterIdentity == "" || n.OuterIdentity == n.Username {
		s.breaks(settingsCredentials, "")
	}
}

func (s *settingsReader) ssid(v *jsonValue) string {
	ssid := v.str("ssid")
	if ssid == "" || len(ssid) > 32 {
		s.breaks(settingsNetwork, "ssid "+ssid)
	}
	return ssid
}

func readSettingsIOS(s *settingsReader, v *jsonValue) Network {
	s.fields(v, settingsIOSShape, "")
	n := Network{Type: v.str("type"), FriendlyName: v.str("displayName"), ServerMatch: MatchExact}
	if n.Type == WPA2Enterprise {
		n.SSID, n.Hidden = s.ssid(v), v.flag("hidden")
	} else if h := v.member("hs20", jsonObject); h != nil {
		s.fields(h, settingsHS20, "hs20")
		n.HomeDomain, n.Roaming = h.str("domainName"), h.flag("roamingEnabled")
		n.NAIRealms, n.MCCMNC = s.list(h, "naiRealmNames"), s.list(h, "mccAndMNCs")
		if len(n.NAIRealms) > 0 {
			n.Realm = n.NAIRealms[0]
		}
		for _, oi := range s.list(h, "roamingConsortiumOIs") {
			if !oiFormat.MatchString(oi) || !n.Roaming {
				s.breaks(settingsOI, oi)
			}
			n.RoamingConsortiums = append(n.RoamingConsortiums, strings.ToLower(oi))
		}
	}
	if n.Type == Passpoint && !isHostName(n.HomeDomain) {
		s.breaks(settingsNetwork, "domainName "+n.HomeDomain)
	}
	e := v.member("eap", jsonObject)
	if e == nil {
		s.breaks(settingsMethod, "no eap")
		return n
	}
	s.fields(e, settingsIOSEAP, "eap")
	types := e.member("supportedEAPTypes", jsonArray)
	inner := e.str("ttlsInnerAuthenticationType")
	switch {
	case types != nil && len(types.items) == 1 && types.items[0].text == "21" && slices.Contains([]string{"PAP", "CHAP", "MSCHAP", "MSCHAPv2", "EAP"}, inner):
		n.EAP, n.Inner = EAPTTLS, inner
	case types != nil && len(types.items) == 1 && types.items[0].text == "25":
		n.EAP, n.Inner = EAPPEAP, InnerEAPMSCHAPv2
	default:
		s.breaks(settingsMethod, inner)
	}
	n.Username, n.Password, n.OuterIdentity = e.str("username"), Secret(e.str("password")), e.str("outerIdentity")
	s.credentials(&n)
	n.ServerNames = s.list(e, "trustedServerNames")
	hosts := make([]string, len(n.ServerNames))
	for i, name := range n.ServerNames {
		hosts[i] = strings.TrimPrefix(name, "*.") // as in a profile
	}
	s.serverNames(hosts)
	n.Anchors = s.authorities(s.list(e, "trustedServerCertificates"))
	if len(n.ServerNames) == 0 && len(n.Anchors) == 0 {
		s.breaks(settingsTrust, "neither names nor certificates")
	}
	return n
}

var (
	settingsPasspoint  = jsonShape{"homeSp": jsonObject, "credential": jsonObject, "aaaServerTrustedNames": jsonArray, "subscriptionExpirationTimeMillis": jsonNumber}
	settingsHomeSP     = jsonShape{"fqdn": jsonString, "friendlyName": jsonString, "roamingConsortiumOis": jsonArray, "roamingConsortiumOiLongs": jsonArray}
	settingsUser       = jsonShape{"username": jsonString, "password": jsonString, "eapType": jsonNumber, "nonEapInnerMethod": jsonString}
	settingsEnterprise = jsonShape{"eapMethod": jsonString, "phase2Method": jsonString, "identity": jsonString, "anonymousIdentity": jsonString, "password": jsonString,
		"domainSuffixMatch": jsonString, "caCertificates": jsonArray, "caPath": jsonString}
)

func readSettingsAndroid(s *settingsReader, v *jsonValue) Network {
	s.fields(v, settingsAndroidShape, "")
	n := Network{Type: v.str("type"), ServerMatch: MatchSuffix}
	if n.Type == Passpoint {
		s.readPasspoint(v.member("passpointConfiguration", jsonObject), &n)
		return n
	}
	n.SSID, n.Hidden = s.ssid(v), v.flag("isHiddenSsid")
	e := v.member("wpa2EnterpriseConfig", jsonObject)
	if e == nil {
		s.breaks(settingsMethod, "no wpa2EnterpriseConfig")
		return n
	}
	s.fields(e, settingsEnterprise, "wpa2EnterpriseConfig")
	switch method := e.str("eapMethod") + " " + e.str("phase2Method"); method {
	case "TTLS PAP":
		n.EAP, n.Inner = EAPTTLS, InnerPAP
	case "TTLS MSCHAPV2":
		n.EAP, n.Inner = EAPTTLS, InnerMSCHAPv2
	case "PEAP MSCHAPV2":
		n.EAP, n.Inner = EAPPEAP, InnerEAPMSCHAPv2
	default:
		s.breaks(settingsMethod, method)
	}
	n.Username, n.Password, n.OuterIdentity = e.str("identity"), Secret(e.str("password")), e.str("anonymousIdentity")
	s.credentials(&n)
	n.ServerNames = s.serverNames(strings.Split(e.str("domainSuffixMatch"), ";"))
	n.Anchors = s.authorities(s.list(e, "caCertificates"))
	if len(n.Anchors) == 0 && e.str("caPath") == "" {
		s.breaks(settingsTrust, "neither certificate nor path")
	}
	return n
}

func (s *settingsReader) readPasspoint(p *jsonValue, n *Network) {
	home, credential := p.member("homeSp", jsonObject), p.member("credential", jsonObject)
	user := credential.member("userCredential", jsonObject)
	if user == nil || home == nil {
		s.breaks(settingsNetwork, "no homeSp or userCredential")
		return
	}
	s.fields(p, settingsPasspoint, "passpointConfiguration")
	s.fields(home, settingsHomeSP, "homeSp")
	s.fields(user, settingsUser, "userCredential")
	n.HomeDomain, n.FriendlyName, n.Realm = home.str("fqdn"), home.str("friendlyName"), credential.str("realm")
	if n.HomeDomain == "" || len(n.HomeDomain) > 255 || n.FriendlyName == "" || len(n.FriendlyName) > 255 || n.Realm == "" || len(n.Realm) > 253 {
		s.breaks(settingsNetwork, n.HomeDomain+" "+n.Realm)
	}
	for _, oi := range s.list(home, "roamingConsortiumOis") {
		if !hexOI.MatchString(oi) {
			s.breaks(settingsOI, oi)
		}
		n.RoamingConsortiums = append(n.RoamingConsortiums, strings.ToLower(oi))
	}
	inner := map[string]string{"PAP": InnerPAP, "MS-CHAP": InnerMSCHAP, "MS-CHAP-V2": InnerMSCHAPv2}[user.str("nonEapInnerMethod")]
	if t := user.member("eapType", jsonNumber); t == nil || t.text != "21" || inner == "" {
		s.breaks(settingsMethod, user.str("nonEapInnerMethod"))
	}
	n.EAP, n.Inner = EAPTTLS, inner
	raw, err := base64.StdEncoding.Strict().DecodeString(user.str("password"))
	if err != nil || !utf8.Valid(raw) {
		s.breaks(settingsCredentials, "password")
	}
	n.Username, n.Password, n.OuterIdentity = user.str("username"), Secret(raw), "anonymous@"+n.Realm
	if len(n.Username) > 63 || len(user.str("password")) > 255 {
		s.breaks(settingsCredentials, "too long")
	}
	s.credentials(n)
	n.ServerNames = []string{n.HomeDomain}
	if names := s.list(p, "aaaServerTrustedNames"); len(names) > 0 {
		n.ServerNames = s.serverNames(names)
	} else if ca := credential.member("caCertificate", jsonString); ca != nil {
		n.Anchors = s.authorities([]string{ca.text})
	}
}
