package devicesim

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// The rules of ONC, the Open Network Configuration of ChromeOS. An import by hand is silent: the person is
// told nothing of what was left out.

const oncSkips = "ChromeOS imports the file without this network and says nothing"

var (
	oncJSON = refusal("onc-json",
		"The file is one JSON object, with no member twice and nothing after it.",
		"ChromeOS says the file is invalid and imports nothing")
	oncType = refusal("onc-type",
		"Type is UnencryptedConfiguration and NetworkConfigurations lists at least one network.",
		"nothing is imported")
	oncField = refusal("onc-field",
		"Every field is one that ONC has, of the right kind.",
		"an unknown field is ignored, one of a wrong kind takes the network with it, in silence")
	oncNetwork = refusal("onc-network",
		"A network has a GUID of its own, a Name and the type WiFi.",
		oncSkips)
	oncSSID = refusal("onc-ssid",
		"The SSID has 1 to 32 bytes; HexSSID, if also given, is the same. Passpoint cannot be expressed.",
		oncSkips)
	oncSecurity = refusal("onc-security",
		"Security is WPA-EAP.",
		"the network is joined without 802.1X, or not at all")
	oncEAP = refusal("onc-eap",
		"EAP has Outer EAP-TTLS with Inner PAP or MSCHAPv2, or PEAP with MSCHAPv2.",
		oncSkips)
	oncCredentials = refusal("onc-credentials",
		"Identity, Password and AnonymousIdentity are present, the identities differ, and SaveCredentials is true.",
		"the person is asked for them, or the user name goes out in clear")
	oncCA = refusal("onc-ca",
		"ServerCAPEMs holds valid authorities in PEM, or UseSystemCAs is not false.",
		"the server's certificate is not verified against what the profile meant")
	oncServerName = refusal("onc-server-name",
		"DomainSuffixMatch lists host names of the RADIUS server, without `*.`.",
		"the name matches no server, or without one any server of the authority is trusted")
)

var (
	oncTopShape     = jsonShape{"Type": jsonString, "NetworkConfigurations": jsonArray, "Certificates": jsonArray, "GlobalNetworkConfiguration": jsonObject}
	oncNetworkShape = jsonShape{"GUID": jsonString, "Name": jsonString, "Type": jsonString, "WiFi": jsonObject, "Priority": jsonNumber, "Remove": jsonBool, "ProxySettings": jsonObject}
	oncWiFiShape    = jsonShape{"SSID": jsonString, "HexSSID": jsonString, "Security": jsonString, "HiddenSSID": jsonBool, "AutoConnect": jsonBool, "AllowGatewayARPPolling": jsonBool, "EAP": jsonObject}
	oncEAPShape     = jsonShape{"Outer": jsonString, "Inner": jsonString, "Identity": jsonString, "Password": jsonString, "AnonymousIdentity": jsonString,
		"SaveCredentials": jsonBool, "ServerCAPEMs": jsonArray, "UseSystemCAs": jsonBool, "DomainSuffixMatch": jsonArray, "SubjectAlternativeNameMatch": jsonArray,
		"SubjectMatch": jsonString, "UseProactiveKeyCaching": jsonBool, "TLSVersionMax": jsonString, "ServerCARefs": jsonArray}
)

// checkONC is ChromeOS importing a file.
func checkONC(j *judge, file []byte, o Options) *View {
	top, err := readJSON(file)
	if err != nil || top.kind != jsonObject {
		what := "not an object"
		if err != nil {
			what = err.Error()
		}
		j.breaks(oncJSON, what)
		return nil
	}
	oncFields(j, top, oncTopShape, "")
	list := top.member("NetworkConfigurations", jsonArray)
	if top.str("Type") != "UnencryptedConfiguration" || list == nil || len(list.items) == 0 {
		j.breaks(oncType, top.str("Type"))
		return nil
	}
	view := &View{}
	seen := map[string]bool{}
	for i, item := range list.items {
		path := fmt.Sprintf("NetworkConfigurations[%d]", i)
		if item.kind != jsonObject {
			j.breaks(oncField, path)
			continue
		}
		guid := item.str("GUID")
		if guid == "" || seen[guid] || item.str("Name") == "" || item.str("Type") != "WiFi" {
			j.breaks(oncNetwork, path)
		}
		seen[guid] = true
		oncFields(j, item, oncNetworkShape, path)
		view.Networks = append(view.Networks, readONCWiFi(j, item.member("WiFi", jsonObject), path+".WiFi", o))
	}
	return view
}

func oncFields(j *judge, v *jsonValue, shape jsonShape, path string) {
	for _, m := range v.misfits(shape) {
		j.breaks(oncField, joinPath(path, m))
	}
}

func readONCWiFi(j *judge, wifi *jsonValue, path string, o Options) Network {
	n := Network{Type: WPA2Enterprise, ServerMatch: MatchSuffix}
	if wifi == nil {
		j.breaks(oncNetwork, path)
		return n
	}
	oncFields(j, wifi, oncWiFiShape, path)
	n.SSID, n.Hidden = wifi.str("SSID"), wifi.flag("HiddenSSID")
	if h := wifi.str("HexSSID"); wifi.members["HexSSID"] != nil {
		raw, err := hex.DecodeString(h)
		if err != nil || n.SSID != "" && n.SSID != string(raw) {
			j.breaks(oncSSID, path+".HexSSID "+h)
		}
		n.SSID = string(raw)
	}
	if len(n.SSID) < 1 || len(n.SSID) > 32 {
		j.breaks(oncSSID, path+" "+n.SSID)
	}
	if s := wifi.str("Security"); s != "WPA-EAP" {
		j.breaks(oncSecurity, path+" "+s)
	}
	eap := wifi.member("EAP", jsonObject)
	if eap == nil {
		j.breaks(oncEAP, path+" has none")
		return n
	}
	path += ".EAP"
	oncFields(j, eap, oncEAPShape, path)
	switch method := eap.str("Outer") + " " + eap.str("Inner"); method {
	case "EAP-TTLS PAP":
		n.EAP, n.Inner = EAPTTLS, InnerPAP
	case "EAP-TTLS MSCHAPv2":
		n.EAP, n.Inner = EAPTTLS, InnerMSCHAPv2
	case "PEAP MSCHAPv2":
		n.EAP, n.Inner = EAPPEAP, InnerEAPMSCHAPv2
	default:
		j.breaks(oncEAP, path+" "+method)
	}
	n.Username, n.OuterIdentity, n.Password = eap.str("Identity"), eap.str("AnonymousIdentity"), Secret(eap.str("Password"))
	if n.Username == "" || n.OuterIdentity == "" || n.Username == n.OuterIdentity || n.Password == "" || !eap.flag("SaveCredentials") {
		j.breaks(oncCredentials, path)
	}
	readONCTrust(j, eap, path, &n, o)
	return n
}

func readONCTrust(j *judge, eap *jsonValue, path string, n *Network, o Options) {
	pems, ok := eap.strings("ServerCAPEMs")
	if !ok {
		j.breaks(oncField, path+".ServerCAPEMs")
	}
	for _, text := range pems {
		certs := certificatesIn([]byte(text))
		if len(certs) != 1 || !strings.HasPrefix(strings.TrimSpace(text), "-----BEGIN CERTIFICATE-----") || !isAuthority(certs[0]) || expired(certs[0], o.Now) {
			j.breaks(oncCA, path+".ServerCAPEMs")
			continue
		}
		n.Anchors = append(n.Anchors, certs[0].Raw)
	}
	system := eap.members["UseSystemCAs"] == nil || eap.flag("UseSystemCAs")
	if len(pems) == 0 && !system || len(pems) > 0 && eap.flag("UseSystemCAs") {
		j.breaks(oncCA, path+".UseSystemCAs")
	}
	names, ok := eap.strings("DomainSuffixMatch")
	if !ok {
		j.breaks(oncField, path+".DomainSuffixMatch")
	}
	if len(names) == 0 {
		j.breaks(oncServerName, path+" has none")
	}
	for _, name := range names {
		if !isHostName(name) || isPublicSuffix(name) {
			j.breaks(oncServerName, name)
		}
	}
	n.ServerNames = names
}
