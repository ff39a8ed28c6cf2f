package devicesim

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The rules of eap-config, the EAP metadata format of the geteduroam apps. Its schema is a sequence at
// every level, so the order of elements counts.

const (
	eapConfigDrops  = "the geteduroam app says the file is not valid and configures nothing"
	eapConfigNoJoin = "the app configures a network that is never joined"
)

var (
	eapConfigXML = refusal("eap-config-xml",
		"The file is well-formed XML in UTF-8 with an XML declaration and no DTD.",
		eapConfigDrops)
	eapConfigSchema = refusal("eap-config-schema",
		"Elements stand as the schema orders them, without a namespace, none unknown.",
		eapConfigDrops)
	eapConfigProvider = refusal("eap-config-provider",
		"The list holds one EAPIdentityProvider with ID and namespace urn:RFC4282:realm; the ID is the realm.",
		eapConfigDrops)
	eapConfigValidUntil = refusal("eap-config-valid-until",
		"ValidUntil, if present, is a time with a zone that lies ahead.",
		"the app says the profile has expired")
	eapConfigMethod = refusal("eap-config-method",
		"EAPMethod is 21 with NonEAPAuthMethod 1 or 3, or with inner EAPMethod 26, or it is 25 with inner EAPMethod 26.",
		"no app knows the method, so there is nothing to configure")
	eapConfigCA = refusal("eap-config-ca",
		"A CA is format X.509, encoding base64, of one valid authority.",
		eapConfigDrops)
	eapConfigCACount = caution("eap-config-one-ca",
		"A file for Passpoint holds exactly one root CA.",
		"the Android app then makes no Passpoint profile")
	eapConfigServerID = refusal("eap-config-server-id",
		"ServerID is host names of the RADIUS server, without `*.`.",
		"the name matches no server, or without one any server of the authority is trusted")
	eapConfigCredentials = refusal("eap-config-credentials",
		"ClientSideCredential has OuterIdentity, UserName and Password, and the identities differ.",
		"the app asks for them, or the user name goes out in clear")
	eapConfigNetwork = refusal("eap-config-network",
		"CredentialApplicability has an IEEE80211 for each SSID or ConsortiumOID, one of them in each.",
		eapConfigNoJoin)
	eapConfigSSID = refusal("eap-config-ssid",
		"An SSID has 1 to 32 bytes.",
		eapConfigDrops)
	eapConfigOI = refusal("eap-config-oi",
		"A ConsortiumOID is 6 or 10 hex digits.",
		eapConfigNoJoin)
	eapConfigName = refusal("eap-config-display-name",
		"ProviderInfo has a DisplayName, none empty.",
		"the person is shown a profile without a name")
)

var (
	eapTypeModel   = contentModel{{local: "Type", min: 1, max: 1}, {local: "TypeSpecific", max: 1, any: true}, {local: "VendorSpecific", any: true}}
	serverModel    = contentModel{{local: "CA"}, {local: "ServerID"}}
	clientModel    = contentModel{{local: "OuterIdentity", max: 1}, {local: "InnerIdentityPrefix", max: 1}, {local: "InnerIdentitySuffix", max: 1}, {local: "InnerIdentityHint", max: 1}, {local: "UserName", max: 1}, {local: "Password", max: 1}, {local: "ClientCertificate", max: 1}, {local: "IntermediateCACertificate"}, {local: "Passphrase", max: 1}, {local: "PAC", max: 1}, {local: "ProvisionPAC", max: 1}}
	innerModel     = contentModel{{local: "EAPMethod", max: 1, content: eapTypeModel}, {local: "NonEAPAuthMethod", max: 1, content: eapTypeModel}, {local: "ServerSideCredential", max: 1, content: serverModel}, {local: "ClientSideCredential", max: 1, content: clientModel}}
	methodModel    = contentModel{{local: "EAPMethod", min: 1, max: 1, content: eapTypeModel}, {local: "ServerSideCredential", max: 1, content: serverModel}, {local: "ClientSideCredential", max: 1, content: clientModel}, {local: "InnerAuthenticationMethod", content: innerModel}}
	wlanModel      = contentModel{{local: "SSID", max: 1}, {local: "ConsortiumOID", max: 1}, {local: "MinRSNProto", max: 1}}
	helpdeskModel  = contentModel{{local: "EmailAddress"}, {local: "WebAddress"}, {local: "Phone"}}
	locationModel  = contentModel{{local: "Longitude", min: 1, max: 1}, {local: "Latitude", min: 1, max: 1}}
	providerModel  = contentModel{{local: "DisplayName"}, {local: "Description"}, {local: "ProviderLocation", content: locationModel}, {local: "ProviderLogo", max: 1}, {local: "TermsOfUse"}, {local: "Helpdesk", max: 1, content: helpdeskModel}}
	identityModel  = contentModel{{local: "ValidUntil", max: 1}, {local: "AuthenticationMethods", min: 1, max: 1, content: contentModel{{local: "AuthenticationMethod", min: 1, content: methodModel}}}, {local: "CredentialApplicability", min: 1, max: 1, content: contentModel{{local: "IEEE80211", content: wlanModel}, {local: "IEEE8023", any: true}}}, {local: "ProviderInfo", max: 1, content: providerModel}, {local: "VendorSpecific", max: 1, any: true}}
	eapConfigModel = contentModel{{local: "EAPIdentityProvider", min: 1, content: identityModel}}
	hexOI          = regexp.MustCompile(`^([0-9A-Fa-f]{6}|[0-9A-Fa-f]{10})$`)
)

// checkEAPConfig is a geteduroam app reading a file.
func checkEAPConfig(j *judge, file []byte, o Options) *View {
	root := readSchemaXML(j, eapConfigXML, file)
	if root == nil {
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
	p := root.children[0]
	if len(root.children) != 1 || p.attrs["ID"] == "" || p.attrs["namespace"] != "urn:RFC4282:realm" {
		j.breaks(eapConfigProvider, p.attrs["ID"])
	}
	view := &View{DisplayName: p.rawValue("ProviderInfo", "DisplayName"), Description: p.rawValue("ProviderInfo", "Description")}
	if v := p.child("ValidUntil"); v != nil {
		t, err := time.Parse(time.RFC3339, v.text)
		if err != nil || !t.After(o.Now) {
			j.breaks(eapConfigValidUntil, v.text)
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
	for _, network := range view.Networks {
		if network.Type == Passpoint && len(n.Anchors) != 1 {
			j.breaks(eapConfigCACount, fmt.Sprintf("%d", len(n.Anchors)))
		}
	}
	return view
}

// readSchemaXML parses a document for a format that a schema defines.
func readSchemaXML(j *judge, rule *Rule, file []byte) *resolved {
	var x xmlReader
	root, err := x.parse(file)
	switch {
	case err != nil:
	case !x.hasDeclaration || x.encoding != "" && !strings.EqualFold(x.encoding, "UTF-8"):
		err = errors.New("no XML declaration for UTF-8")
	case x.hasDoctype:
		err = errors.New("a DOCTYPE")
	}
	if err != nil {
		j.breaks(rule, err.Error())
		return nil
	}
	return resolve(root, nil)
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
	n := Network{ServerMatch: MatchSuffix}
	n.EAP, _ = strconv.Atoi(m.value("EAPMethod", "Type"))
	inner := m.value("InnerAuthenticationMethod", "NonEAPAuthMethod", "Type")
	if e := m.value("InnerAuthenticationMethod", "EAPMethod", "Type"); e != "" {
		inner = "EAP " + e
	}
	switch method := fmt.Sprintf("%d %s", n.EAP, inner); method {
	case "21 1":
		n.Inner = InnerPAP
	case "21 3":
		n.Inner = InnerMSCHAPv2
	case "21 EAP 26", "25 EAP 26":
		n.Inner = InnerEAPMSCHAPv2
	default:
		j.breaks(eapConfigMethod, method)
	}
	if server := m.child("ServerSideCredential"); server != nil {
		for _, c := range server.children {
			if c.local == "ServerID" {
				if !isHostName(c.text) || isPublicSuffix(c.text) {
					j.breaks(eapConfigServerID, c.text)
				}
				n.ServerNames = append(n.ServerNames, c.text)
				continue
			}
			raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c.text), ""))
			certs := certificatesIn(raw)
			if err != nil || len(certs) != 1 || c.attrs["format"] != "X.509" || c.attrs["encoding"] != "base64" || !isAuthority(certs[0]) || expired(certs[0], o.Now) {
				j.breaks(eapConfigCA, c.attrs["format"]+" "+c.attrs["encoding"])
				continue
			}
			n.Anchors = append(n.Anchors, certs[0].Raw)
		}
	}
	if len(n.ServerNames) == 0 {
		j.breaks(eapConfigServerID, "none")
	}
	client := m.child("ClientSideCredential")
	n.OuterIdentity, n.Username, n.Password = client.rawValue("OuterIdentity"), client.rawValue("UserName"), Secret(client.rawValue("Password"))
	if n.OuterIdentity == "" || n.Username == "" || n.Password == "" || n.OuterIdentity == n.Username {
		j.breaks(eapConfigCredentials, "")
	}
	return n
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
