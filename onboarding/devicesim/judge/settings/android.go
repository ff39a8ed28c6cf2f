package settings

import (
	"strings"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/android"
	"onramp/onboarding/devicesim/judge/java"
	"onramp/onboarding/devicesim/judge/jsondoc"
)

var (
	topShapeAndroid = jsondoc.Shape{
		"platform":  jsondoc.String,
		"created":   jsondoc.String,
		"expires":   jsondoc.String,
		"networks":  jsondoc.Array,
		"passpoint": jsondoc.Object,
	}
	networkShapeAndroid = jsondoc.Shape{
		"type":                 jsondoc.String,
		"passpoint":            jsondoc.Object,
		"ssid":                 jsondoc.String,
		"isHiddenSsid":         jsondoc.Bool,
		"wpa2EnterpriseConfig": jsondoc.Object,
	}
	passpointShape  = jsondoc.Shape{"xWifiConfig": jsondoc.String, "minimumTlsVersion": jsondoc.String}
	enterpriseShape = jsondoc.Shape{
		"eapMethod":         jsondoc.String,
		"phase2Method":      jsondoc.String,
		"identity":          jsondoc.String,
		"anonymousIdentity": jsondoc.String,
		"password":          jsondoc.String,
		"domainSuffixMatch": jsondoc.String,
		"caCertificates":    jsondoc.Array,
		"minimumTlsVersion": jsondoc.String,
	}
	androidTLSVersions = []string{"TLS_V1_0", "TLS_V1_1", "TLS_V1_2", "TLS_V1_3"}
)

// CheckAndroid judges a settings document for Android.
func CheckAndroid(j *judge.Findings, file []byte, o judge.Options) *judge.View {
	view, top := check(j, judge.SettingsAndroid, topShapeAndroid, file, o, readAndroid)
	if copied := top.Member("passpoint", jsondoc.Object); copied != nil {
		found := false
		for _, network := range top.Member("networks", jsondoc.Array).Items {
			p := network.Member("passpoint", jsondoc.Object)
			found = found ||
				p.Str("xWifiConfig") == copied.Str("xWifiConfig") &&
					p.Str("minimumTlsVersion") == copied.Str("minimumTlsVersion")
		}
		if !found {
			j.Breaks(rulePasspointTwice, "passpoint")
		}
	}
	return view
}

func readAndroid(s *reader, v *jsondoc.Value) judge.Network {
	s.fields(v, networkShapeAndroid, "")
	if v.Str("type") == judge.Passpoint {
		return s.readPasspoint(v.Member("passpoint", jsondoc.Object))
	}
	n := judge.Network{Type: judge.WPA2Enterprise, ServerMatch: judge.MatchSuffix}
	n.SSID, n.Hidden = s.ssid(v), v.Flag("isHiddenSsid")
	e := v.Member("wpa2EnterpriseConfig", jsondoc.Object)
	if e == nil {
		s.Breaks(ruleMethod, "no wpa2EnterpriseConfig")
		return n
	}
	s.fields(e, enterpriseShape, "wpa2EnterpriseConfig")
	switch method := e.Str("eapMethod") + " " + e.Str("phase2Method"); method {
	case "TTLS PAP":
		n.EAP, n.Inner = judge.EAPTTLS, judge.InnerPAP
	case "TTLS MSCHAP":
		n.EAP, n.Inner = judge.EAPTTLS, judge.InnerMSCHAP
	case "TTLS MSCHAPV2":
		n.EAP, n.Inner = judge.EAPTTLS, judge.InnerMSCHAPv2
	case "PEAP MSCHAPV2":
		n.EAP, n.Inner = judge.EAPPEAP, judge.InnerEAPMSCHAPv2
	default:
		s.Breaks(ruleMethod, method)
	}
	s.tlsVersion(e, "minimumTlsVersion", androidTLSVersions...)
	n.Username, n.Password, n.OuterIdentity = e.Str("identity"), judge.Secret(
		e.Str("password")), e.Str("anonymousIdentity")
	s.credentials(&n)
	if java.Length(n.Username) > android.MaxSuffixMatch || java.Length(n.Password.Reveal()) > android.MaxSuffixMatch {
		s.Breaks(ruleCredentials, "too long")
	}
	n.ServerNames = s.serverNames(strings.Split(e.Str("domainSuffixMatch"), ";"))
	android.CheckSuffixLength(s.Findings, e.Str("domainSuffixMatch"))
	n.Anchors = s.authorities(s.list(e, "caCertificates"))
	if len(n.Anchors) == 0 || len(n.Anchors) > 100 {
		s.Breaks(ruleTrust, "no certificates, or more than 100")
	}
	return n
}

// readPasspoint judges the file in a document, as the app gives it to the system's parser.
func (s *reader) readPasspoint(p *jsondoc.Value) judge.Network {
	n := judge.Network{Type: judge.Passpoint, ServerMatch: judge.MatchSuffix}
	file := p.Str("xWifiConfig")
	if file == "" {
		s.Breaks(ruleNetwork, "no xWifiConfig")
		return n
	}
	s.fields(p, passpointShape, "passpoint")
	s.tlsVersion(p, "minimumTlsVersion", androidTLSVersions...)
	if view := android.Check(s.Findings, []byte(file), s.o); view != nil {
		n = view.Networks[0]
	}
	return n
}
