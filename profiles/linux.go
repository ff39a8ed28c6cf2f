package profiles

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// newLinux prepares a configuration of wpa_supplicant 2.10 and later: a cred
// block for Passpoint, a network block for the network with a name.
func newLinux(s *Settings) (builder, error) { return &linux{s}, nil }

type linux struct{ settings *Settings }

const (
	// linuxPublicCAs is where Debian, Ubuntu, Arch, Alpine and openSUSE keep them.
	linuxPublicCAs = "/etc/ssl/certs/ca-certificates.crt"
	linuxRootBlob  = "onramp-root"
)

func (b *linux) document(c Credential) (*Document, error) {
	s := b.settings
	var f bytes.Buffer
	f.WriteString("# wpa_supplicant 2.10 or later\n")
	caCert := linuxPublicCAs
	if s.privateRoot() {
		caCert = "blob://" + linuxRootBlob
	}
	// What both blocks say in the same words. Without ca_cert wpa_supplicant
	// would not look at the server's certificate at all.
	common := func() {
		fmt.Fprintf(&f, "\teap=%s\n", s.Method.supplicant())
		fmt.Fprintf(&f, "\tpassword=%s\n", wpaString(c.Password))
		fmt.Fprintf(&f, "\tphase2=%s\n", wpaString("auth="+s.Inner.supplicant()))
		fmt.Fprintf(&f, "\tca_cert=%s\n", wpaString(caCert))
		fmt.Fprintf(&f, "\tdomain_suffix_match=%s\n", wpaString(strings.Join(s.suffixNames(), ";")))
	}
	var record []Network
	var notes []string
	if p := s.Passpoint; p != nil {
		f.WriteString("interworking=1\nhs20=1\nauto_interworking=1\npmf=1\n\ncred={\n")
		fmt.Fprintf(&f, "\trealm=%s\n", wpaString(p.Realm))
		fmt.Fprintf(&f, "\tdomain=%s\n", wpaString(p.HomeDomain))
		if len(p.RoamingConsortiums) > 0 {
			fmt.Fprintf(&f, "\troaming_consortiums=%s\n", wpaString(strings.ToLower(strings.Join(p.RoamingConsortiums, ","))))
		}
		fmt.Fprintf(&f, "\tusername=%s\n", wpaString(c.Username))
		common()
		f.WriteString("}\n")
		network := passpointNetwork(s, c)
		network.OuterIdentity = credOuterIdentity(s, c.Username)
		record = append(record, network)
		if !strings.EqualFold(network.OuterIdentity, s.OuterIdentity) {
			notes = append(notes, "wpa_supplicant sends the outer identity "+network.OuterIdentity+" for Passpoint, not "+s.OuterIdentity+".")
		}
	}
	if n := s.WPA2; n != nil {
		f.WriteString("\nnetwork={\n")
		fmt.Fprintf(&f, "\tssid=%s\n", wpaString(n.SSID))
		if n.Hidden {
			f.WriteString("\tscan_ssid=1\n")
		}
		f.WriteString("\tkey_mgmt=WPA-EAP WPA-EAP-SHA256\n\tieee80211w=1\n")
		fmt.Fprintf(&f, "\tidentity=%s\n", wpaString(c.Username))
		fmt.Fprintf(&f, "\tanonymous_identity=%s\n", wpaString(s.OuterIdentity))
		common()
		f.WriteString("}\n")
		record = append(record, wpa2Network(s, c))
	}
	if s.privateRoot() {
		fmt.Fprintf(&f, "\nblob-base64-%s={\n", linuxRootBlob)
		text := base64.StdEncoding.EncodeToString(s.TrustAnchor)
		for len(text) > 64 {
			f.WriteString(text[:64] + "\n")
			text = text[64:]
		}
		f.WriteString(text + "\n}\n")
	} else {
		notes = append(notes, "The public CAs are expected in "+linuxPublicCAs+".")
	}
	notes = append(notes, "wpa_supplicant does not remove the network when the credential expires.")
	return &Document{
		Body: f.Bytes(), ContentType: "text/plain; charset=utf-8", FileName: "wpa_supplicant.conf", Attachment: true,
		Networks: record, Notes: notes,
	}, nil
}

// wpaString writes a value so that nothing in it can end it. A quoted value
// runs to the last quote of its line, so what holds only printable ASCII without
// a quote stays readable; everything else is hex, which wpa_supplicant takes
// for every string.
func wpaString(value string) string {
	for i := range len(value) {
		if ch := value[i]; ch < 0x20 || ch > 0x7E || ch == '"' || ch == '\\' {
			return hex.EncodeToString([]byte(value))
		}
	}
	return `"` + value + `"`
}

// credOuterIdentity is the outer identity that wpa_supplicant makes up for a
// cred block (interworking_set_eap_params): with TTLS "anonymous" at the part of
// the user name from its first @ on, or at the realm; with other methods none,
// so that the user name itself is seen, with the realm if it has none.
func credOuterIdentity(s *Settings, username string) string {
	at := strings.IndexByte(username, '@')
	switch {
	case s.Method != TTLS && at >= 0:
		return username
	case s.Method != TTLS:
		return username + "@" + s.Passpoint.Realm
	case at >= 0:
		return "anonymous" + username[at:]
	}
	return anonymousAt(s.Passpoint.Realm)
}
