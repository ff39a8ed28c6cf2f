package wpasupplicant

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"onramp/onboarding/devicesim/judge"
)

// systemBundles are the files in which Linux distributions keep the public authorities.
var systemBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

var requiredFields = map[string][]string{
	"cred":    {"realm", "username", "password", "domain", "eap", "phase2"},
	"network": {"ssid", "key_mgmt", "eap", "identity", "anonymous_identity", "password", "phase2"},
}

// network returns the network of a block as wpa_supplicant uses it.
func (f *config) network(b *configBlock, o judge.Options) judge.Network {
	at := fmt.Sprintf("%s on line %d", b.kind, b.line)
	for _, name := range requiredFields[b.kind] {
		if b.fields[name] == "" {
			f.Breaks(ruleMissing, at+": "+name)
		}
	}
	n := judge.Network{
		Type: judge.WPA2Enterprise, ServerMatch: judge.MatchSuffix,
		SSID: b.fields["ssid"], Hidden: b.fields["scan_ssid"] == "1",
		Username: b.fields["identity"], OuterIdentity: b.fields["anonymous_identity"],
		Password: judge.Secret(b.fields["password"]),
	}
	switch b.kind {
	case "cred":
		n.Type = judge.Passpoint
		n.Realm, n.HomeDomain, n.Username = b.fields["realm"], b.fields["domain"], b.fields["username"]
		n.NAIRealms = []string{n.Realm}
		n.OuterIdentity = outerIdentity(n, b.fields["eap"])
		f.readLinuxOIs(b, at, &n)
		if f.globals["interworking"] != "1" || f.globals["hs20"] != "1" {
			f.Breaks(ruleInterworking, at)
		}
	default:
		if len(n.SSID) < 1 || len(n.SSID) > 32 {
			f.Breaks(ruleSSID, at)
		}
		methods := strings.Fields(b.fields["key_mgmt"])
		for _, m := range methods {
			if m != "WPA-EAP" && m != "WPA-EAP-SHA256" {
				f.Breaks(ruleKeyManagement, at+": "+m)
			}
		}
		if !slices.Contains(methods, "WPA-EAP") {
			f.Breaks(ruleKeyManagement, at+": "+b.fields["key_mgmt"])
		}
	}
	if n.OuterIdentity == n.Username || b.kind == "cred" && b.fields["eap"] != "TTLS" {
		f.Breaks(ruleOuter, at)
	}
	f.readLinuxEAP(b, at, &n)
	f.readLinuxTrust(b, at, &n, o)
	return n
}

// outerIdentity returns the outer identity of a cred, which has no field for it. With TTLS it is
// "anonymous" at the realm of the user name or of the cred; with other methods it is the user name
// with a realm.
func outerIdentity(n judge.Network, method string) string {
	name, home, says := strings.Cut(n.Username, "@")
	if !says {
		home = n.Realm
	}
	if method == "TTLS" {
		name = "anonymous"
	}
	return name + "@" + home
}

// differInConsortiumsOnly reports whether two Passpoint networks differ only in their consortiums.
func differInConsortiumsOnly(n, other judge.Network) bool {
	if n.Type != judge.Passpoint || len(n.RoamingConsortiums) == 0 || len(other.RoamingConsortiums) == 0 {
		return false
	}
	n.RoamingConsortiums, other.RoamingConsortiums = nil, nil
	return reflect.DeepEqual(n, other)
}

func (f *config) readLinuxOIs(b *configBlock, at string, n *judge.Network) {
	list, given := b.fields["roaming_consortiums"]
	if !given {
		return
	}
	items := strings.Split(list, ",")
	if len(items) > 36 {
		f.Breaks(ruleOI, fmt.Sprintf("%s: %d identifiers", at, len(items)))
	}
	for _, oi := range items {
		if raw, err := hex.DecodeString(oi); err != nil || len(raw) != 3 && len(raw) != 5 {
			f.Breaks(ruleOI, fmt.Sprintf("%s: %q", at, oi))
		}
		n.RoamingConsortiums = append(n.RoamingConsortiums, strings.ToLower(oi))
	}
}

func (f *config) readLinuxEAP(b *configBlock, at string, n *judge.Network) {
	method := b.fields["eap"] + " " + b.fields["phase2"]
	switch method {
	case "TTLS auth=PAP":
		n.EAP, n.Inner = judge.EAPTTLS, judge.InnerPAP
	case "TTLS auth=MSCHAPV2":
		n.EAP, n.Inner = judge.EAPTTLS, judge.InnerMSCHAPv2
	case "PEAP auth=MSCHAPV2":
		n.EAP, n.Inner = judge.EAPPEAP, judge.InnerEAPMSCHAPv2
	default:
		f.Breaks(ruleEAP, at+": "+method)
	}
}

func (f *config) readLinuxTrust(b *configBlock, at string, n *judge.Network, o judge.Options) {
	ca := b.fields["ca_cert"]
	switch name, isBlob := strings.CutPrefix(ca, "blob://"); {
	case isBlob:
		for _, c := range judge.ParseCertificates(f.blobs[name]) {
			if !judge.IsAuthority(c) || judge.Expired(c, o.Now) {
				f.Breaks(ruleCA, at+": "+c.Subject.String()+" is not a valid authority")
			}
			n.Anchors = append(n.Anchors, c.Raw)
		}
		if len(n.Anchors) == 0 {
			f.Breaks(ruleCA, at+": blob "+name)
		}
	case slices.Contains(systemBundles, ca):
	case strings.HasPrefix(ca, "/"):
		f.Breaks(ruleCAFile, at+": "+ca)
	default:
		f.Breaks(ruleCA, at+": ca_cert "+ca)
	}
	names := b.fields["domain_suffix_match"]
	if names == "" {
		f.Breaks(ruleServerName, at+": no domain_suffix_match")
		return
	}
	for _, name := range strings.Split(names, ";") {
		if !judge.IsHostName(name) || judge.IsPublicSuffix(name) {
			f.Breaks(ruleServerName, at+": "+name)
		}
		n.ServerNames = append(n.ServerNames, name)
	}
}
