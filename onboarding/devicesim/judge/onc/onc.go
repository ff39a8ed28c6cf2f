package onc

import (
	"encoding/hex"
	"fmt"
	"strings"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/jsondoc"
)

// The rules of ONC.

const effectSkipped = "ChromeOS silently imports the file without this network"

var (
	ruleJSON = judge.Refusal("onc-json",
		"The file is one JSON object in UTF-8, without duplicate members or trailing text.",
		"ChromeOS reports an invalid file and imports nothing")
	ruleType = judge.Refusal("onc-type",
		"Type is UnencryptedConfiguration and NetworkConfigurations lists at least one network.",
		"nothing is imported")
	ruleField = judge.Refusal("onc-field",
		"Every field is defined by ONC and has its type.",
		"ChromeOS silently ignores an unknown field, and the network of a field with a wrong type")
	ruleNetwork = judge.Refusal("onc-network",
		"A network has a unique GUID, a Name and the type WiFi.",
		effectSkipped)
	ruleSSID = judge.Refusal("onc-ssid",
		"The SSID has 1 to 32 bytes; HexSSID, if also present, is equal. ONC has no Passpoint.",
		effectSkipped)
	ruleSecurity = judge.Refusal("onc-security",
		"Security is WPA-EAP.",
		"the network is joined without 802.1X, or not at all")
	ruleEAP = judge.Refusal("onc-eap",
		"EAP has Outer EAP-TTLS with Inner PAP or MSCHAPv2, or PEAP with MSCHAPv2.",
		effectSkipped)
	ruleCredentials = judge.Refusal("onc-credentials",
		"Identity, Password and AnonymousIdentity are present, the identities differ, and SaveCredentials is true.",
		"the system asks for them, or the user name is sent in clear")
	ruleCA = judge.Refusal("onc-ca",
		"ServerCAPEMs has valid authorities in PEM, or UseSystemCAs is not false.",
		"the server's certificate is not verified as intended")
	ruleServerName = judge.Refusal("onc-server-name",
		"DomainSuffixMatch lists host names of the RADIUS server, without `*.`.",
		"the name matches no server, or without a name any server of the authority is trusted")
)

var (
	topShape = jsondoc.Shape{
		"Type": jsondoc.String, "NetworkConfigurations": jsondoc.Array, "Certificates": jsondoc.Array,
		"GlobalNetworkConfiguration": jsondoc.Object,
	}
	networkShape = jsondoc.Shape{
		"GUID": jsondoc.String, "Name": jsondoc.String, "Type": jsondoc.String, "WiFi": jsondoc.Object,
		"Priority": jsondoc.Number, "Remove": jsondoc.Bool, "ProxySettings": jsondoc.Object,
	}
	wifiShape = jsondoc.Shape{
		"SSID": jsondoc.String, "HexSSID": jsondoc.String, "Security": jsondoc.String, "HiddenSSID": jsondoc.Bool,
		"AutoConnect": jsondoc.Bool, "AllowGatewayARPPolling": jsondoc.Bool, "EAP": jsondoc.Object,
	}
	eapShape = jsondoc.Shape{
		"Outer": jsondoc.String, "Inner": jsondoc.String, "Identity": jsondoc.String, "Password": jsondoc.String,
		"AnonymousIdentity": jsondoc.String,
		"SaveCredentials":   jsondoc.Bool, "ServerCAPEMs": jsondoc.Array, "UseSystemCAs": jsondoc.Bool,
		"DomainSuffixMatch": jsondoc.Array, "SubjectAlternativeNameMatch": jsondoc.Array,
		"SubjectMatch": jsondoc.String, "UseProactiveKeyCaching": jsondoc.Bool, "TLSVersionMax": jsondoc.String,
		"ServerCARefs": jsondoc.Array,
	}
)

// Check judges a file as ChromeOS does when it imports it.
func Check(j *judge.Findings, file []byte, o judge.Options) *judge.View {
	top, err := jsondoc.Read(file)
	if err != nil || top.Kind != jsondoc.Object {
		what := "not an object"
		if err != nil {
			what = err.Error()
		}
		j.Breaks(ruleJSON, what)
		return nil
	}
	checkFields(j, top, topShape, "")
	list := top.Member("NetworkConfigurations", jsondoc.Array)
	if top.Str("Type") != "UnencryptedConfiguration" || list == nil || len(list.Items) == 0 {
		j.Breaks(ruleType, top.Str("Type"))
		return nil
	}
	view := &judge.View{}
	seen := map[string]bool{}
	for i, item := range list.Items {
		path := fmt.Sprintf("NetworkConfigurations[%d]", i)
		if item.Kind != jsondoc.Object {
			j.Breaks(ruleField, path)
			continue
		}
		guid := item.Str("GUID")
		if guid == "" || seen[guid] || item.Str("Name") == "" || item.Str("Type") != "WiFi" {
			j.Breaks(ruleNetwork, path)
		}
		seen[guid] = true
		checkFields(j, item, networkShape, path)
		view.Networks = append(view.Networks, readWiFi(j, item.Member("WiFi", jsondoc.Object), path+".WiFi", o))
	}
	return view
}

func checkFields(j *judge.Findings, v *jsondoc.Value, shape jsondoc.Shape, path string) {
	for _, m := range v.Misfits(shape) {
		j.Breaks(ruleField, judge.JoinPath(path, m))
	}
}

func readWiFi(j *judge.Findings, wifi *jsondoc.Value, path string, o judge.Options) judge.Network {
	n := judge.Network{Type: judge.WPA2Enterprise, ServerMatch: judge.MatchSuffix}
	if wifi == nil {
		j.Breaks(ruleNetwork, path)
		return n
	}
	checkFields(j, wifi, wifiShape, path)
	n.SSID, n.Hidden = wifi.Str("SSID"), wifi.Flag("HiddenSSID")
	if h := wifi.Str("HexSSID"); wifi.Members["HexSSID"] != nil {
		raw, err := hex.DecodeString(h)
		if err != nil || n.SSID != "" && n.SSID != string(raw) {
			j.Breaks(ruleSSID, path+".HexSSID "+h)
		}
		n.SSID = string(raw)
	}
	if len(n.SSID) < 1 || len(n.SSID) > 32 {
		j.Breaks(ruleSSID, path+" "+n.SSID)
	}
	if s := wifi.Str("Security"); s != "WPA-EAP" {
		j.Breaks(ruleSecurity, path+" "+s)
	}
	eap := wifi.Member("EAP", jsondoc.Object)
	if eap == nil {
		j.Breaks(ruleEAP, path+" has none")
		return n
	}
	path += ".EAP"
	checkFields(j, eap, eapShape, path)
	switch method := eap.Str("Outer") + " " + eap.Str("Inner"); method {
	case "EAP-TTLS PAP":
		n.EAP, n.Inner = judge.EAPTTLS, judge.InnerPAP
	case "EAP-TTLS MSCHAPv2":
		n.EAP, n.Inner = judge.EAPTTLS, judge.InnerMSCHAPv2
	case "PEAP MSCHAPv2":
		n.EAP, n.Inner = judge.EAPPEAP, judge.InnerEAPMSCHAPv2
	default:
		j.Breaks(ruleEAP, path+" "+method)
	}
	n.Username, n.OuterIdentity = eap.Str("Identity"), eap.Str("AnonymousIdentity")
	n.Password = judge.Secret(eap.Str("Password"))
	if n.Username == "" || n.OuterIdentity == "" || n.Username == n.OuterIdentity || n.Password == "" ||
		!eap.Flag("SaveCredentials") {
		j.Breaks(ruleCredentials, path)
	}
	readTrust(j, eap, path, &n, o)
	return n
}

func readTrust(j *judge.Findings, eap *jsondoc.Value, path string, n *judge.Network, o judge.Options) {
	pems, ok := eap.Strings("ServerCAPEMs")
	if !ok {
		j.Breaks(ruleField, path+".ServerCAPEMs")
	}
	for _, text := range pems {
		certs := judge.ParseCertificates([]byte(text))
		isPEM := strings.HasPrefix(strings.TrimSpace(text), "-----BEGIN CERTIFICATE-----")
		if len(certs) != 1 || !isPEM || !judge.IsAuthority(certs[0]) || judge.Expired(certs[0], o.Now) {
			j.Breaks(ruleCA, path+".ServerCAPEMs")
			continue
		}
		n.Anchors = append(n.Anchors, certs[0].Raw)
	}
	system := eap.Members["UseSystemCAs"] == nil || eap.Flag("UseSystemCAs")
	if len(pems) == 0 && !system || len(pems) > 0 && eap.Flag("UseSystemCAs") {
		j.Breaks(ruleCA, path+".UseSystemCAs")
	}
	names, ok := eap.Strings("DomainSuffixMatch")
	if !ok {
		j.Breaks(ruleField, path+".DomainSuffixMatch")
	}
	if len(names) == 0 {
		j.Breaks(ruleServerName, path+" has none")
	}
	for _, name := range names {
		if !judge.IsHostName(name) || judge.IsPublicSuffix(name) {
			j.Breaks(ruleServerName, name)
		}
	}
	n.ServerNames = names
}
