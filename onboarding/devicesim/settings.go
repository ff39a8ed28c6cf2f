package devicesim

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

var (
	settingsShape = jsonShape{
		"platform": jsonString, "created": jsonString, "expires": jsonString, "networks": jsonArray,
	}
	settingsIOSShape = jsonShape{
		"type": jsonString, "displayName": jsonString, "ssid": jsonString, "hidden": jsonBool, "hs20": jsonObject, "eap": jsonObject,
	}
	settingsHS20 = jsonShape{
		"domainName": jsonString, "roamingEnabled": jsonBool, "naiRealmNames": jsonArray, "roamingConsortiumOIs": jsonArray,
		"mccAndMNCs": jsonArray,
	}
	settingsIOSEAP = jsonShape{
		"supportedEAPTypes": jsonArray, "username": jsonString, "password": jsonString, "outerIdentity": jsonString,
		"trustedServerNames": jsonArray, "ttlsInnerAuthenticationType": jsonString, "preferredTLSVersion": jsonString,
		"trustedServerCertificates": jsonArray,
	}
)

func checkSettingsIOS(j *judge, file []byte, o Options) *View {
	view, _ := checkSettings(j, SettingsIOS, settingsShape, file, o, readSettingsIOS)
	return view
}

// checkSettings reads what the documents of both systems have in common.
func checkSettings(
	j *judge, platform string, shape jsonShape, file []byte, o Options, network func(*settingsReader, *jsonValue) Network,
) (*View, *jsonValue) {
	top, err := readJSON(file)
	if err != nil || top.kind != jsonObject {
		what := "not an object"
		if err != nil {
			what = err.Error()
		}
		j.breaks(settingsJSON, what)
		return nil, nil
	}
	s := &settingsReader{judge: j, o: o}
	s.fields(top, shape, "")
	list := top.member("networks", jsonArray)
	if top.str("platform") != platform || list == nil || len(list.items) == 0 {
		j.breaks(settingsTop, top.str("platform"))
		return nil, nil
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
	return view, top
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

// tlsVersion judges a member that names a version of TLS, if it is there.
func (s *settingsReader) tlsVersion(v *jsonValue, name string, known ...string) {
	if m := v.member(name, jsonString); m != nil && !slices.Contains(known, m.text) {
		s.breaks(settingsTLS, m.text)
	}
}

func (s *settingsReader) ssid(v *jsonValue) string {
	ssid := v.str("ssid")
	if ssid == "" || len(ssid) > 32 {
		s.breaks(settingsNetwork, "ssid "+ssid)
	}
	return ssid
}

// iosInner are the names of TTLSInnerAuthenticationType.
var iosInner = []string{"PAP", "CHAP", "MSCHAP", "MSCHAPv2", "EAP"}

func readSettingsIOS(s *settingsReader, v *jsonValue) Network {
	s.fields(v, settingsIOSShape, "")
	n := Network{Type: v.str("type"), FriendlyName: v.str("displayName"), ServerMatch: MatchExact}
	if n.Type == WPA2Enterprise {
		n.SSID, n.Hidden = s.ssid(v), v.flag("hidden")
	} else if h := v.member("hs20", jsonObject); h != nil {
		s.fields(h, settingsHS20, "hs20")
		n.HomeDomain, n.Roaming = h.str("domainName"), h.flag("roamingEnabled")
		n.NAIRealms, n.MCCMNC = s.list(h, "naiRealmNames"), s.list(h, "mccAndMNCs")
		for _, network := range n.MCCMNC {
			if !mccMncFormat.MatchString(network) {
				s.breaks(settingsMCCMNC, network)
			}
		}
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
	case types != nil && len(types.items) == 1 && types.items[0].text == "21" && slices.Contains(iosInner, inner):
		n.EAP, n.Inner = EAPTTLS, inner
	case types != nil && len(types.items) == 1 && types.items[0].text == "25":
		n.EAP, n.Inner = EAPPEAP, InnerEAPMSCHAPv2
	default:
		s.breaks(settingsMethod, inner)
	}
	s.tlsVersion(e, "preferredTLSVersion", "1.0", "1.1", "1.2")
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
