package devicesim

import "strings"

var (
	settingsAndroidTop = jsonShape{
		"platform": jsonString, "created": jsonString, "expires": jsonString, "networks": jsonArray, "passpoint": jsonObject,
	}
	settingsAndroidShape = jsonShape{
		"type": jsonString, "passpoint": jsonObject, "ssid": jsonString, "isHiddenSsid": jsonBool, "wpa2EnterpriseConfig": jsonObject,
	}
	settingsPasspoint  = jsonShape{"xWifiConfig": jsonString, "minimumTlsVersion": jsonString}
	settingsEnterprise = jsonShape{
		"eapMethod": jsonString, "phase2Method": jsonString, "identity": jsonString, "anonymousIdentity": jsonString,
		"password": jsonString, "domainSuffixMatch": jsonString, "caCertificates": jsonArray, "minimumTlsVersion": jsonString,
	}
	androidTLSVersions = []string{"TLS_V1_0", "TLS_V1_1", "TLS_V1_2", "TLS_V1_3"}
)

func checkSettingsAndroid(j *judge, file []byte, o Options) *View {
	view, top := checkSettings(j, SettingsAndroid, settingsAndroidTop, file, o, readSettingsAndroid)
	if copied := top.member("passpoint", jsonObject); copied != nil {
		found := false
		for _, network := range top.member("networks", jsonArray).items {
			p := network.member("passpoint", jsonObject)
			found = found || p.str("xWifiConfig") == copied.str("xWifiConfig") && p.str("minimumTlsVersion") == copied.str("minimumTlsVersion")
		}
		if !found {
			j.breaks(settingsPasspointTwice, "passpoint")
		}
	}
	return view
}

func readSettingsAndroid(s *settingsReader, v *jsonValue) Network {
	s.fields(v, settingsAndroidShape, "")
	if v.str("type") == Passpoint {
		return s.readPasspoint(v.member("passpoint", jsonObject))
	}
	n := Network{Type: WPA2Enterprise, ServerMatch: MatchSuffix}
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
	case "TTLS MSCHAP":
		n.EAP, n.Inner = EAPTTLS, InnerMSCHAP
	case "TTLS MSCHAPV2":
		n.EAP, n.Inner = EAPTTLS, InnerMSCHAPv2
	case "PEAP MSCHAPV2":
		n.EAP, n.Inner = EAPPEAP, InnerEAPMSCHAPv2
	default:
		s.breaks(settingsMethod, method)
	}
	s.tlsVersion(e, "minimumTlsVersion", androidTLSVersions...)
	n.Username, n.Password, n.OuterIdentity = e.str("identity"), Secret(e.str("password")), e.str("anonymousIdentity")
	s.credentials(&n)
	if javaLength(n.Username) > maxSuffixMatch || javaLength(n.Password.Reveal()) > maxSuffixMatch {
		s.breaks(settingsCredentials, "too long")
	}
	n.ServerNames = s.serverNames(strings.Split(e.str("domainSuffixMatch"), ";"))
	checkSuffixLength(s.judge, e.str("domainSuffixMatch"))
	n.Anchors = s.authorities(s.list(e, "caCertificates"))
	if len(n.Anchors) == 0 || len(n.Anchors) > 100 {
		s.breaks(settingsTrust, "no certificates, or more than 100")
	}
	return n
}

// readPasspoint gives the file in a document to the parser that the app gives it to.
func (s *settingsReader) readPasspoint(p *jsonValue) Network {
	n := Network{Type: Passpoint, ServerMatch: MatchSuffix}
	file := p.str("xWifiConfig")
	if file == "" {
		s.breaks(settingsNetwork, "no xWifiConfig")
		return n
	}
	s.fields(p, settingsPasspoint, "passpoint")
	s.tlsVersion(p, "minimumTlsVersion", androidTLSVersions...)
	if view := checkAndroid(s.judge, []byte(file), s.o); view != nil {
		n = view.Networks[0]
	}
	return n
}
