package devicesim

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// systemBundles are where Linux distributions keep the public authorities.
var systemBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

var linuxRequired = map[string][]string{
	"cred":    {"realm", "username", "password", "domain", "eap", "phase2"},
	"network": {"ssid", "key_mgmt", "eap", "identity", "anonymous_identity", "password", "phase2"},
}

// network is what wpa_supplicant will do with a block.
func (f *linuxFile) network(b *linuxBlock, o Options) Network {
	at := fmt.Sprintf("%s on line %d", b.kind, b.line)
	for _, name := range linuxRequired[b.kind] {
		if b.fields[name] == "" {
			f.breaks(linuxMissing, at+": "+name)
		}
	}
	n := Network{
		Type: WPA2Enterprise, ServerMatch: MatchSuffix,
		SSID: b.fields["ssid"], Hidden: b.fields["scan_ssid"] == "1",
		Username: b.fields["identity"], OuterIdentity: b.fields["anonymous_identity"],
		Password: Secret(b.fields["password"]),
	}
	switch b.kind {
	case "cred":
		n.Type = Passpoint
		n.Realm, n.HomeDomain, n.Username = b.fields["realm"], b.fields["domain"], b.fields["username"]
		n.NAIRealms = []string{n.Realm}
		n.OuterIdentity = madeUpIdentity(n, b.fields["eap"])
		f.readLinuxOIs(b, at, &n)
		if f.globals["interworking"] != "1" || f.globals["hs20"] != "1" {
			f.breaks(linuxInterworking, at)
		}
	default:
		if len(n.SSID) < 1 || len(n.SSID) > 32 {
			f.breaks(linuxSSID, at)
		}
		methods := strings.Fields(b.fields["key_mgmt"])
		for _, m := range methods {
			if m != "WPA-EAP" && m != "WPA-EAP-SHA256" {
				f.breaks(linuxKeyManagement, at+": "+m)
			}
		}
		if !slices.Contains(methods, "WPA-EAP") {
			f.breaks(linuxKeyManagement, at+": "+b.fields["key_mgmt"])
		}
	}
	if n.OuterIdentity == n.Username || b.kind == "cred" && b.fields["eap"] != "TTLS" {
		f.breaks(linuxOuter, at)
	}
	f.readLinuxEAP(b, at, &n)
	f.readLinuxTrust(b, at, &n, o)
	return n
}

// madeUpIdentity is the outer identity of a cred, which has no field for it. With TTLS it is anonymous, at what the user name says or else
// at the realm; with any other method it is the user name, at the realm if it says none.
func madeUpIdentity(n Network, method string) string {
	name, home, says := strings.Cut(n.Username, "@")
	if !says {
		home = n.Realm
	}
	if method == "TTLS" {
		name = "anonymous"
	}
	return name + "@" + home
}

// differInConsortiumsOnly compares two Passpoint networks.
func differInConsortiumsOnly(n, other Network) bool {
	if n.Type != Passpoint || len(n.RoamingConsortiums) == 0 || len(other.RoamingConsortiums) == 0 {
		return false
	}
	n.RoamingConsortiums, other.RoamingConsortiums = nil, nil
	return reflect.DeepEqual(n, other)
}

func (f *linuxFile) readLinuxOIs(b *linuxBlock, at string, n *Network) {
	list, given := b.fields["roaming_consortiums"]
	if !given {
		return
	}
	items := strings.Split(list, ",")
	if len(items) > 36 {
		f.breaks(linuxOI, fmt.Sprintf("%s: %d identifiers", at, len(items)))
	}
	for _, oi := range items {
		if raw, err := hex.DecodeString(oi); err != nil || len(raw) != 3 && len(raw) != 5 {
			f.breaks(linuxOI, fmt.Sprintf("%s: %q", at, oi))
		}
		n.RoamingConsortiums = append(n.RoamingConsortiums, strings.ToLower(oi))
	}
}

func (f *linuxFile) readLinuxEAP(b *linuxBlock, at string, n *Network) {
	method := b.fields["eap"] + " " + b.fields["phase2"]
	switch method {
	case "TTLS auth=PAP":
		n.EAP, n.Inner = EAPTTLS, InnerPAP
	case "TTLS auth=MSCHAPV2":
		n.EAP, n.Inner = EAPTTLS, InnerMSCHAPv2
	case "PEAP auth=MSCHAPV2":
		n.EAP, n.Inner = EAPPEAP, InnerEAPMSCHAPv2
	default:
		f.breaks(linuxEAP, at+": "+method)
	}
}

func (f *linuxFile) readLinuxTrust(b *linuxBlock, at string, n *Network, o Options) {
	ca := b.fields["ca_cert"]
	switch name, isBlob := strings.CutPrefix(ca, "blob://"); {
	case isBlob:
		for _, c := range certificatesIn(f.blobs[name]) {
			if !isAuthority(c) || expired(c, o.Now) {
				f.breaks(linuxCA, at+": "+c.Subject.String()+" is no valid authority")
			}
			n.Anchors = append(n.Anchors, c.Raw)
		}
		if len(n.Anchors) == 0 {
			f.breaks(linuxCA, at+": blob "+name)
		}
	case slices.Contains(systemBundles, ca):
	case strings.HasPrefix(ca, "/"):
		f.breaks(linuxCAFile, at+": "+ca)
	default:
		f.breaks(linuxCA, at+": ca_cert "+ca)
	}
	names := b.fields["domain_suffix_match"]
	if names == "" {
		f.breaks(linuxServerName, at+": no domain_suffix_match")
		return
	}
	for _, name := range strings.Split(names, ";") {
		if !isHostName(name) || isPublicSuffix(name) {
			f.breaks(linuxServerName, at+": "+name)
		}
		n.ServerNames = append(n.ServerNames, name)
	}
}
