package settings

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/jsondoc"
)

var (
	topShapeIOS = jsondoc.Shape{
		"platform": jsondoc.String, "created": jsondoc.String, "expires": jsondoc.String, "networks": jsondoc.Array,
	}
	networkShapeIOS = jsondoc.Shape{
		"type":        jsondoc.String,
		"displayName": jsondoc.String,
		"ssid":        jsondoc.String,
		"hidden":      jsondoc.Bool,
		"hs20":        jsondoc.Object,
		"eap":         jsondoc.Object,
	}
	hs20ShapeIOS = jsondoc.Shape{
		"domainName":           jsondoc.String,
		"roamingEnabled":       jsondoc.Bool,
		"naiRealmNames":        jsondoc.Array,
		"roamingConsortiumOIs": jsondoc.Array,
		"mccAndMNCs":           jsondoc.Array,
	}
	eapShapeIOS = jsondoc.Shape{
		"supportedEAPTypes":           jsondoc.Array,
		"username":                    jsondoc.String,
		"password":                    jsondoc.String,
		"outerIdentity":               jsondoc.String,
		"trustedServerNames":          jsondoc.Array,
		"ttlsInnerAuthenticationType": jsondoc.String,
		"preferredTLSVersion":         jsondoc.String,
		"trustedServerCertificates":   jsondoc.Array,
	}
)

// CheckIOS judges a settings document for iOS.
func CheckIOS(j *judge.Findings, file []byte, o judge.Options) *judge.View {
	view, _ := check(j, judge.SettingsIOS, topShapeIOS, file, o, readIOS)
	return view
}

// check reads the members that the documents of both systems share. network reads one network.
func check(
	j *judge.Findings,
	platform string,
	shape jsondoc.Shape,
	file []byte,
	o judge.Options,
	network func(*reader, *jsondoc.Value) judge.Network,
) (*judge.View, *jsondoc.Value) {
	top, err := jsondoc.Read(file)
	if err != nil || top.Kind != jsondoc.Object {
		what := "not an object"
		if err != nil {
			what = err.Error()
		}
		j.Breaks(ruleJSON, what)
		return nil, nil
	}
	s := &reader{Findings: j, o: o}
	s.fields(top, shape, "")
	list := top.Member("networks", jsondoc.Array)
	if top.Str("platform") != platform || list == nil || len(list.Items) == 0 {
		j.Breaks(ruleTop, top.Str("platform"))
		return nil, nil
	}
	view := &judge.View{}
	if e := top.Member("expires", jsondoc.String); e != nil {
		t, err := time.Parse(time.RFC3339, e.Text)
		if err != nil || !t.After(o.Now) {
			j.Breaks(ruleExpired, e.Text)
		}
		view.Expires = &t
	}
	for _, item := range list.Items {
		if kind := item.Str("type"); item.Kind != jsondoc.Object ||
			kind != judge.Passpoint && kind != judge.WPA2Enterprise {
			j.Breaks(ruleTop, "a network of type "+kind)
			continue
		}
		view.Networks = append(view.Networks, network(s, item))
	}
	return view, top
}

// reader is the state of judging a document.
type reader struct {
	*judge.Findings
	o judge.Options
}

func (s *reader) fields(v *jsondoc.Value, shape jsondoc.Shape, path string) {
	for _, m := range v.Misfits(shape) {
		s.Breaks(ruleField, judge.JoinPath(path, m))
	}
}

// list returns the strings of an array member, and breaks a rule for other items.
func (s *reader) list(v *jsondoc.Value, name string) []string {
	out, ok := v.Strings(name)
	if !ok {
		s.Breaks(ruleField, name)
	}
	return out
}

func (s *reader) authorities(texts []string) [][]byte {
	var out [][]byte
	for _, text := range texts {
		der, err := base64.StdEncoding.DecodeString(text)
		certs := judge.ParseCertificates(der)
		if err != nil || len(certs) != 1 || string(certs[0].Raw) != string(der) || !judge.IsAuthority(certs[0]) ||
			judge.Expired(certs[0], s.o.Now) {
			s.Breaks(ruleTrust, "a certificate")
			continue
		}
		out = append(out, der)
	}
	return out
}

func (s *reader) serverNames(names []string) []string {
	for _, name := range names {
		if !judge.IsHostName(name) || judge.IsPublicSuffix(name) {
			s.Breaks(ruleTrust, fmt.Sprintf("name %q", name))
		}
	}
	return names
}

func (s *reader) credentials(n *judge.Network) {
	if n.Username == "" || n.Password == "" || n.OuterIdentity == "" || n.OuterIdentity == n.Username {
		s.Breaks(ruleCredentials, "")
	}
}

// tlsVersion checks an optional member with a TLS version.
func (s *reader) tlsVersion(v *jsondoc.Value, name string, known ...string) {
	if m := v.Member(name, jsondoc.String); m != nil && !slices.Contains(known, m.Text) {
		s.Breaks(ruleTLS, m.Text)
	}
}

func (s *reader) ssid(v *jsondoc.Value) string {
	ssid := v.Str("ssid")
	if ssid == "" || len(ssid) > 32 {
		s.Breaks(ruleNetwork, "ssid "+ssid)
	}
	return ssid
}

// iosInner are the names of TTLSInnerAuthenticationType.
var iosInner = []string{"PAP", "CHAP", "MSCHAP", "MSCHAPv2", "EAP"}

func readIOS(s *reader, v *jsondoc.Value) judge.Network {
	s.fields(v, networkShapeIOS, "")
	n := judge.Network{Type: v.Str("type"), FriendlyName: v.Str("displayName"), ServerMatch: judge.MatchExact}
	if n.Type == judge.WPA2Enterprise {
		n.SSID, n.Hidden = s.ssid(v), v.Flag("hidden")
	} else if h := v.Member("hs20", jsondoc.Object); h != nil {
		s.fields(h, hs20ShapeIOS, "hs20")
		n.HomeDomain, n.Roaming = h.Str("domainName"), h.Flag("roamingEnabled")
		n.NAIRealms, n.MCCMNC = s.list(h, "naiRealmNames"), s.list(h, "mccAndMNCs")
		for _, network := range n.MCCMNC {
			if !judge.MCCMNCFormat.MatchString(network) {
				s.Breaks(ruleMCCMNC, network)
			}
		}
		if len(n.NAIRealms) > 0 {
			n.Realm = n.NAIRealms[0]
		}
		for _, oi := range s.list(h, "roamingConsortiumOIs") {
			if !judge.OIFormat.MatchString(oi) || !n.Roaming {
				s.Breaks(ruleOI, oi)
			}
			n.RoamingConsortiums = append(n.RoamingConsortiums, strings.ToLower(oi))
		}
	}
	if n.Type == judge.Passpoint && !judge.IsHostName(n.HomeDomain) {
		s.Breaks(ruleNetwork, "domainName "+n.HomeDomain)
	}
	e := v.Member("eap", jsondoc.Object)
	if e == nil {
		s.Breaks(ruleMethod, "no eap")
		return n
	}
	s.fields(e, eapShapeIOS, "eap")
	types := e.Member("supportedEAPTypes", jsondoc.Array)
	inner := e.Str("ttlsInnerAuthenticationType")
	switch {
	case types != nil && len(types.Items) == 1 && types.Items[0].Text == "21" && slices.Contains(iosInner, inner):
		n.EAP, n.Inner = judge.EAPTTLS, inner
	case types != nil && len(types.Items) == 1 && types.Items[0].Text == "25":
		n.EAP, n.Inner = judge.EAPPEAP, judge.InnerEAPMSCHAPv2
	default:
		s.Breaks(ruleMethod, inner)
	}
	s.tlsVersion(e, "preferredTLSVersion", "1.0", "1.1", "1.2")
	n.Username, n.Password, n.OuterIdentity = e.Str("username"), judge.Secret(e.Str("password")), e.Str("outerIdentity")
	s.credentials(&n)
	n.ServerNames = s.list(e, "trustedServerNames")
	hosts := make([]string, len(n.ServerNames))
	for i, name := range n.ServerNames {
		hosts[i] = strings.TrimPrefix(name, "*.") // as in a profile
	}
	s.serverNames(hosts)
	n.Anchors = s.authorities(s.list(e, "trustedServerCertificates"))
	if len(n.ServerNames) == 0 && len(n.Anchors) == 0 {
		s.Breaks(ruleTrust, "neither names nor certificates")
	}
	return n
}
