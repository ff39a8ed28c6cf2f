package eapconfig

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/android"
	"onramp/onboarding/devicesim/judge/java"
	"onramp/onboarding/devicesim/judge/xmldoc"
)

var hexOI = regexp.MustCompile(`^([0-9A-Fa-f]{6}|[0-9A-Fa-f]{10})$`)

// Check judges a file as the geteduroam apps together do.
func Check(j *judge.Findings, file []byte, o judge.Options) *judge.View {
	root, err := xmldoc.ParseSchema(file)
	if err != nil {
		j.Breaks(ruleXML, err.Error())
		return nil
	}
	if root.Local != "EAPIdentityProviderList" {
		j.Breaks(ruleSchema, root.Local)
		return nil
	}
	if ns := foreignNamespace(root); ns != "" {
		j.Breaks(ruleSchema, ns)
	}
	if bad := root.Misfit(listModel, root.Local); bad != "" {
		j.Breaks(ruleSchema, bad)
		return nil
	}
	if bad := mistype(root, root.Local); bad != "" {
		j.Breaks(ruleSchema, bad)
	}
	p := root.Children[0]
	isRealm := judge.IsHostName(p.Attrs["ID"]) && p.Attrs["namespace"] == "urn:RFC4282:realm"
	if len(root.Children) != 1 || !isRealm || p.Attrs["version"] == "" {
		j.Breaks(ruleProvider, p.Attrs["ID"])
	}
	view := &judge.View{
		DisplayName: p.RawValue("ProviderInfo", "DisplayName"),
		Description: p.RawValue("ProviderInfo", "Description"),
	}
	if v := p.Child("ValidUntil"); v != nil {
		t, err := time.Parse(android.DateLayout, v.Raw)
		if err != nil || len(v.Raw) != len(android.DateLayout) || !t.After(o.Now) {
			j.Breaks(ruleValidUntil, v.Raw)
		}
		view.Expires = &t
	}
	names := 0
	if info := p.Child("ProviderInfo"); info != nil {
		for _, c := range info.Children {
			if c.Local == "DisplayName" {
				if names++; c.Text == "" {
					j.Breaks(ruleName, "empty")
				}
			}
		}
	}
	if names == 0 {
		j.Breaks(ruleName, "none")
	}
	// Methods are in order of preference; an app uses the first that it supports.
	n := readMethod(j, p.Find("AuthenticationMethods", "AuthenticationMethod"), o)
	n.Realm = p.Attrs["ID"]
	n.FriendlyName = view.DisplayName
	view.Networks = readApplicability(j, p.Child("CredentialApplicability"), n)
	checkPasspoint(j, view.Networks)
	return view
}

// checkPasspoint warns about networks that some apps do not join.
func checkPasspoint(j *judge.Findings, networks []judge.Network) {
	ssids := 0
	for _, n := range networks {
		if n.Type != judge.Passpoint {
			ssids++
			continue
		}
		if roots := len(rootsIn(n.Anchors)); roots != 1 {
			j.Breaks(ruleCACount, fmt.Sprintf("%d", roots))
		}
		if n.EAP == judge.EAPPEAP {
			j.Breaks(rulePEAP, "25")
		}
	}
	if ssids == 0 && len(networks) > 0 {
		j.Breaks(ruleNoSSID, "")
	}
}

// rootsIn returns the self-issued certificates.
func rootsIn(anchors [][]byte) []*x509.Certificate {
	var roots []*x509.Certificate
	for _, der := range anchors {
		if c, err := x509.ParseCertificate(der); err == nil && bytes.Equal(c.RawSubject, c.RawIssuer) {
			roots = append(roots, c)
		}
	}
	return roots
}

// foreignNamespace returns the first namespace in a tree that must have none.
func foreignNamespace(r *xmldoc.Node) string {
	if r.Space != "" {
		return r.Local + " in " + r.Space
	}
	for _, c := range r.Children {
		if r.Local == "TypeSpecific" || r.Local == "VendorSpecific" {
			continue
		}
		if ns := foreignNamespace(c); ns != "" {
			return ns
		}
	}
	return ""
}

func readMethod(j *judge.Findings, m *xmldoc.Node, o judge.Options) judge.Network {
	n := judge.Network{ServerMatch: judge.MatchExact}
	method := m.RawValue("EAPMethod", "Type")
	n.EAP, _ = strconv.Atoi(method)
	inner := m.RawValue("InnerAuthenticationMethod", "NonEAPAuthMethod", "Type")
	if e := m.RawValue("InnerAuthenticationMethod", "EAPMethod", "Type"); e != "" {
		inner = "EAP " + e
	}
	switch method += " " + inner; method {
	case "21 1":
		n.Inner = judge.InnerPAP
	case "21 2":
		n.Inner = judge.InnerMSCHAP
	case "21 3":
		n.Inner = judge.InnerMSCHAPv2
	case "21 EAP 26", "25 EAP 26":
		n.Inner = judge.InnerEAPMSCHAPv2
	default:
		j.Breaks(ruleMethod, method)
	}
	readServer(j, m.Child("ServerSideCredential"), o, &n)
	client := m.Child("ClientSideCredential")
	n.OuterIdentity, n.Username = client.RawValue("OuterIdentity"), client.RawValue("UserName")
	n.Password = judge.Secret(client.RawValue("Password"))
	if n.OuterIdentity == "" || n.Username == "" || n.Password == "" || n.OuterIdentity == n.Username {
		j.Breaks(ruleCredentials, "")
	}
	for _, c := range client.All() {
		if c.Raw != c.Text {
			j.Breaks(ruleBlanks, c.Local)
		}
	}
	return n
}

// readServer reads the certification authorities and names of the server.
func readServer(j *judge.Findings, server *xmldoc.Node, o judge.Options, n *judge.Network) {
	for _, c := range server.All() {
		if c.Local == "ServerID" {
			if !judge.IsHostName(c.Raw) || judge.IsPublicSuffix(c.Raw) {
				j.Breaks(ruleServerID, c.Raw)
			}
			n.ServerNames = append(n.ServerNames, c.Raw)
			continue
		}
		der, err := base64.StdEncoding.Strict().DecodeString(c.Text)
		isX509 := c.Attrs["format"] == "X.509" && c.Attrs["encoding"] == "base64"
		if err != nil || strings.ContainsAny(c.Text, "\r\n") || !isX509 {
			j.Breaks(ruleCA, c.Attrs["format"]+" "+c.Attrs["encoding"])
			continue
		}
		ca, err := x509.ParseCertificate(der)
		if err != nil || !judge.IsAuthority(ca) || judge.Expired(ca, o.Now) {
			j.Breaks(ruleCA, fmt.Sprintf("invalid authority of %d bytes", len(der)))
			continue
		}
		n.Anchors = append(n.Anchors, ca.Raw)
	}
	switch {
	case server.Child("CA") == nil:
		j.Breaks(ruleCA, "none")
	case len(rootsIn(n.Anchors)) == 0:
		j.Breaks(ruleRoot, "none")
	}
	if len(n.ServerNames) == 0 {
		j.Breaks(ruleServerID, "none")
	}
	if joined := strings.Join(n.ServerNames, ";"); java.Length(joined) > android.MaxSuffixMatch {
		j.Breaks(ruleServerIDLength, joined)
	}
}

// readApplicability returns a network for each SSID, and one Passpoint network for all identifiers.
func readApplicability(j *judge.Findings, a *xmldoc.Node, n judge.Network) []judge.Network {
	var out []judge.Network
	passpoint := n
	passpoint.Type, passpoint.HomeDomain = judge.Passpoint, n.Realm
	n.FriendlyName, n.Realm = "", ""
	for _, w := range a.Children {
		if w.Local != "IEEE80211" {
			continue
		}
		ssid, oi := w.Child("SSID"), w.Child("ConsortiumOID")
		switch {
		case (ssid == nil) == (oi == nil):
			j.Breaks(ruleNetwork, "IEEE80211 with both or neither")
		case ssid != nil:
			if len(ssid.Raw) < 1 || len(ssid.Raw) > 32 {
				j.Breaks(ruleSSID, ssid.Raw)
			}
			if proto := w.RawValue("MinRSNProto"); proto != "CCMP" {
				j.Breaks(ruleProto, proto)
			}
			one := n
			one.Type, one.SSID = judge.WPA2Enterprise, ssid.Raw
			out = append(out, one)
		default:
			if !hexOI.MatchString(oi.Text) {
				j.Breaks(ruleOI, oi.Text)
			}
			passpoint.RoamingConsortiums = append(passpoint.RoamingConsortiums, strings.ToLower(oi.Text))
		}
	}
	if len(passpoint.RoamingConsortiums) > 0 {
		out = append(out, passpoint)
	}
	if len(out) == 0 {
		j.Breaks(ruleNetwork, "none")
	}
	return out
}
