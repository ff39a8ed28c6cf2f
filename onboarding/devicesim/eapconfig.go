package devicesim

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var hexOI = regexp.MustCompile(`^([0-9A-Fa-f]{6}|[0-9A-Fa-f]{10})$`)

// checkEAPConfig is a geteduroam app reading a file.
func checkEAPConfig(j *judge, file []byte, o Options) *View {
	root, err := parseSchema(file)
	if err != nil {
		j.breaks(eapConfigXML, err.Error())
		return nil
	}
	if root.local != "EAPIdentityProviderList" {
		j.breaks(eapConfigSchema, root.local)
		return nil
	}
	if ns := foreignNamespace(root); ns != "" {
		j.breaks(eapConfigSchema, ns)
	}
	if bad := root.misfit(eapConfigModel, root.local); bad != "" {
		j.breaks(eapConfigSchema, bad)
		return nil
	}
	if bad := eapConfigMistype(root, root.local); bad != "" {
		j.breaks(eapConfigSchema, bad)
	}
	p := root.children[0]
	isRealm := isHostName(p.attrs["ID"]) && p.attrs["namespace"] == "urn:RFC4282:realm"
	if len(root.children) != 1 || !isRealm || p.attrs["version"] == "" {
		j.breaks(eapConfigProvider, p.attrs["ID"])
	}
	view := &View{DisplayName: p.rawValue("ProviderInfo", "DisplayName"), Description: p.rawValue("ProviderInfo", "Description")}
	if v := p.child("ValidUntil"); v != nil {
		t, err := time.Parse(androidDateLayout, v.raw)
		if err != nil || len(v.raw) != len(androidDateLayout) || !t.After(o.Now) {
			j.breaks(eapConfigValidUntil, v.raw)
		}
		view.Expires = &t
	}
	names := 0
	if info := p.child("ProviderInfo"); info != nil {
		for _, c := range info.children {
			if c.local == "DisplayName" {
				if names++; c.text == "" {
					j.breaks(eapConfigName, "an empty one")
				}
			}
		}
	}
	if names == 0 {
		j.breaks(eapConfigName, "none")
	}
	// Methods are offered in the order of preference; the app takes the first it knows.
	n := readEAPConfigMethod(j, p.find("AuthenticationMethods", "AuthenticationMethod"), o)
	n.Realm = p.attrs["ID"]
	n.FriendlyName = view.DisplayName
	view.Networks = readApplicability(j, p.child("CredentialApplicability"), n)
	checkEAPConfigPasspoint(j, view.Networks)
	return view
}

// checkEAPConfigPasspoint warns of the apps that do not join one of the networks.
func checkEAPConfigPasspoint(j *judge, networks []Network) {
	ssids := 0
	for _, n := range networks {
		if n.Type != Passpoint {
			ssids++
			continue
		}
		if roots := len(rootsIn(n.Anchors)); roots != 1 {
			j.breaks(eapConfigCACount, fmt.Sprintf("%d", roots))
		}
		if n.EAP == EAPPEAP {
			j.breaks(eapConfigPEAP, "25")
		}
	}
	if ssids == 0 && len(networks) > 0 {
		j.breaks(eapConfigNoSSID, "")
	}
}

// rootsIn returns the certificates that are issued by themselves.
func rootsIn(anchors [][]byte) []*x509.Certificate {
	var roots []*x509.Certificate
	for _, der := range anchors {
		if c, err := x509.ParseCertificate(der); err == nil && bytes.Equal(c.RawSubject, c.RawIssuer) {
			roots = append(roots, c)
		}
	}
	return roots
}

// foreignNamespace returns the first namespace in a tree that is to have none.
func foreignNamespace(r *resolved) string {
	if r.space != "" {
		return r.local + " in " + r.space
	}
	for _, c := range r.children {
		if r.local == "TypeSpecific" || r.local == "VendorSpecific" {
			continue
		}
		if ns := foreignNamespace(c); ns != "" {
			return ns
		}
	}
	return ""
}

func readEAPConfigMethod(j *judge, m *resolved, o Options) Network {
	n := Network{ServerMatch: MatchExact}
	method := m.rawValue("EAPMethod", "Type")
	n.EAP, _ = strconv.Atoi(method)
	inner := m.rawValue("InnerAuthenticationMethod", "NonEAPAuthMethod", "Type")
	if e := m.rawValue("InnerAuthenticationMethod", "EAPMethod", "Type"); e != "" {
		inner = "EAP " + e
	}
	switch method += " " + inner; method {
	case "21 1":
		n.Inner = InnerPAP
	case "21 2":
		n.Inner = InnerMSCHAP
	case "21 3":
		n.Inner = InnerMSCHAPv2
	case "21 EAP 26", "25 EAP 26":
		n.Inner = InnerEAPMSCHAPv2
	default:
		j.breaks(eapConfigMethod, method)
	}
	readEAPConfigServer(j, m.child("ServerSideCredential"), o, &n)
	client := m.child("ClientSideCredential")
	n.OuterIdentity, n.Username = client.rawValue("OuterIdentity"), client.rawValue("UserName")
	n.Password = Secret(client.rawValue("Password"))
	if n.OuterIdentity == "" || n.Username == "" || n.Password == "" || n.OuterIdentity == n.Username {
		j.breaks(eapConfigCredentials, "")
	}
	for _, c := range client.all() {
		if c.raw != c.text {
			j.breaks(eapConfigBlanks, c.local)
		}
	}
	return n
}

// readEAPConfigServer reads the authorities and names by which the server is known.
func readEAPConfigServer(j *judge, server *resolved, o Options, n *Network) {
	for _, c := range server.all() {
		if c.local == "ServerID" {
			if !isHostName(c.raw) || isPublicSuffix(c.raw) {
				j.breaks(eapConfigServerID, c.raw)
			}
			n.ServerNames = append(n.ServerNames, c.raw)
			continue
		}
		der, err := base64.StdEncoding.Strict().DecodeString(c.text)
		isX509 := c.attrs["format"] == "X.509" && c.attrs["encoding"] == "base64"
		if err != nil || strings.ContainsAny(c.text, "\r\n") || !isX509 {
			j.breaks(eapConfigCA, c.attrs["format"]+" "+c.attrs["encoding"])
			continue
		}
		ca, err := x509.ParseCertificate(der)
		if err != nil || !isAuthority(ca) || expired(ca, o.Now) {
			j.breaks(eapConfigCA, fmt.Sprintf("%d bytes that are no valid authority", len(der)))
			continue
		}
		n.Anchors = append(n.Anchors, ca.Raw)
	}
	switch {
	case server.child("CA") == nil:
		j.breaks(eapConfigCA, "none")
	case len(rootsIn(n.Anchors)) == 0:
		j.breaks(eapConfigRoot, "none")
	}
	if len(n.ServerNames) == 0 {
		j.breaks(eapConfigServerID, "none")
	}
	if joined := strings.Join(n.ServerNames, ";"); javaLength(joined) > maxSuffixMatch {
		j.breaks(eapConfigServerIDLength, joined)
	}
}

// readApplicability makes a network of each SSID, and one Passpoint network of all identifiers.
func readApplicability(j *judge, a *resolved, n Network) []Network {
	var out []Network
	passpoint := n
	passpoint.Type, passpoint.HomeDomain = Passpoint, n.Realm
	n.FriendlyName, n.Realm = "", ""
	for _, w := range a.children {
		if w.local != "IEEE80211" {
			continue
		}
		ssid, oi := w.child("SSID"), w.child("ConsortiumOID")
		switch {
		case (ssid == nil) == (oi == nil):
			j.breaks(eapConfigNetwork, "an IEEE80211 with both or neither")
		case ssid != nil:
			if len(ssid.raw) < 1 || len(ssid.raw) > 32 {
				j.breaks(eapConfigSSID, ssid.raw)
			}
			if proto := w.rawValue("MinRSNProto"); proto != "CCMP" {
				j.breaks(eapConfigProto, proto)
			}
			one := n
			one.Type, one.SSID = WPA2Enterprise, ssid.raw
			out = append(out, one)
		default:
			if !hexOI.MatchString(oi.text) {
				j.breaks(eapConfigOI, oi.text)
			}
			passpoint.RoamingConsortiums = append(passpoint.RoamingConsortiums, strings.ToLower(oi.text))
		}
	}
	if len(passpoint.RoamingConsortiums) > 0 {
		out = append(out, passpoint)
	}
	if len(out) == 0 {
		j.breaks(eapConfigNetwork, "none")
	}
	return out
}
