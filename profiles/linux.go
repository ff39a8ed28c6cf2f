package profiles

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// newLinux prepares a configuration of wpa_supplicant 2.10 and later: cred
// blocks for Passpoint, a network block for the network with a name.
func newLinux(s *Settings) (builder, error) { return &linux{s}, nil }

type linux struct{ settings *Settings }

const (
	// linuxPublicCAs is where Debian, Ubuntu, Arch, Alpine and openSUSE keep them.
	linuxPublicCAs = "/etc/ssl/certs/ca-certificates.crt"
	linuxRootBlob  = "onramp-root"
)

// The longest lines, without their end, that wpa_supplicant 2.10 reads whole.
// Of a longer one it drops the rest: a password is another one, or the file is
// refused.
const (
	maxCredLine    = 254
	maxNetworkLine = 1998
)

func (b *linux) document(c Credential) (*Document, error) {
	s := b.settings
	var f bytes.Buffer
	f.WriteString("# wpa_supplicant 2.10 or later\n")
	var record []Network
	var notes []string
	if p := s.Passpoint; p != nil {
		creds, tooLong := wpaCreds(s, c)
		if no := linuxPasspoint(s); no != nil {
			notes = append(notes, no.reason)
		} else if tooLong != "" {
			notes = append(notes, passwordTooLong)
		} else {
			f.WriteString("interworking=1\nhs20=1\nauto_interworking=1\npmf=1\n" + creds)
			network := passpointNetwork(s, c)
			network.OuterIdentity = credOuterIdentity(s, c.Username)
			record = append(record, network)
			if !strings.EqualFold(network.OuterIdentity, s.OuterIdentity) {
				notes = append(notes, "wpa_supplicant sends the outer identity "+network.OuterIdentity+" for Passpoint, not "+s.OuterIdentity+".")
			}
		}
	}
	if s.WPA2 != nil {
		if no := linuxWPA2(s); no != nil {
			notes = append(notes, no.reason)
		} else {
			network, _ := wpaNetwork(s, c) // no credential is too long for it
			f.WriteString(network)
			record = append(record, wpa2Network(s, c))
		}
	}
	if len(record) == 0 {
		return nil, &UnsupportedError{Linux, passwordTooLong}
	}
	if s.privateRoot() {
		fmt.Fprintf(&f, "\nblob-base64-%s={\n", linuxRootBlob)
		text := base64.StdEncoding.EncodeToString(s.anchor())
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

const passwordTooLong = "wpa_supplicant reads 254 bytes of a line of a Passpoint credential, and this password holds so many quotes, hashes and backslashes that it needs more: the Passpoint network is left out."

// linuxPasspoint says why the document cannot hold the Passpoint network of the
// settings, whatever the credential; nil when it can or there is none.
func linuxPasspoint(s *Settings) *refusal {
	if s.Passpoint == nil {
		return nil
	}
	if s.Method != TTLS {
		return &refusal{"wifi.eap.method",
			"In Passpoint with " + s.Method.supplicant() + " wpa_supplicant shows the user name to everybody: the Passpoint network is left out.",
			"use method: ttls"}
	}
	_, tooLong := wpaCreds(s, Credential{Username: "x", Password: "x"})
	return linuxTooLong(tooLong, maxCredLine, "the Passpoint network")
}

// linuxWPA2 says the same of the network with a name.
func linuxWPA2(s *Settings) *refusal {
	if s.WPA2 == nil {
		return nil
	}
	_, tooLong := wpaNetwork(s, Credential{Username: "x", Password: "x"})
	return linuxTooLong(tooLong, maxNetworkLine, "the network with a name")
}

func linuxTooLong(field string, limit int, what string) *refusal {
	yaml := map[string]string{
		"realm": "wifi.passpoint.realm", "domain": "wifi.passpoint.homeDomain", "domain_suffix_match": "wifi.trustedServerNames",
	}[field]
	if yaml == "" {
		return nil
	}
	return &refusal{yaml,
		fmt.Sprintf("wpa_supplicant reads %d bytes of a line, and %s needs more: %s is left out.", limit, yaml, what),
		"write fewer or shorter names"}
}

// wpaBlock is a block while it is written. tooLong is the first field whose line
// wpa_supplicant would cut.
type wpaBlock struct {
	text    bytes.Buffer
	limit   int
	tooLong string
}

func (b *wpaBlock) field(name, value string) {
	line := "\t" + name + "=" + value
	if len(line) > b.limit && b.tooLong == "" {
		b.tooLong = name
	}
	b.text.WriteString(line + "\n")
}

// eap is what both kinds of block say in the same words. Without ca_cert
// wpa_supplicant would not look at the server's certificate at all.
func (b *wpaBlock) eap(s *Settings, c Credential) {
	caCert := linuxPublicCAs
	if s.privateRoot() {
		caCert = "blob://" + linuxRootBlob
	}
	b.field("eap", s.Method.supplicant())
	b.field("password", wpaString(c.Password))
	b.field("phase2", wpaString("auth="+s.Inner.supplicant()))
	b.field("ca_cert", wpaString(caCert))
	b.field("domain_suffix_match", wpaString(strings.Join(s.suffixNames(), ";")))
}

// wpaCreds writes the Passpoint network, as several credentials that differ in
// nothing else where the roaming consortiums do not fit on one line.
func wpaCreds(s *Settings, c Credential) (text, tooLong string) {
	b := wpaBlock{limit: maxCredLine}
	for _, consortiums := range wpaConsortiums(s.Passpoint.RoamingConsortiums) {
		b.text.WriteString("\ncred={\n")
		b.field("realm", wpaString(s.Passpoint.Realm))
		b.field("domain", wpaString(s.Passpoint.HomeDomain))
		if consortiums != "" {
			b.field("roaming_consortiums", wpaString(consortiums))
		}
		b.field("username", wpaString(c.Username))
		b.eap(s, c)
		b.text.WriteString("}\n")
	}
	return b.text.String(), b.tooLong
}

// wpaConsortiums joins organization identifiers into lists that fit on a line
// each; one empty list when there are none.
func wpaConsortiums(all []string) []string {
	most := maxCredLine - len("\troaming_consortiums=\"\"")
	lists := []string{""}
	for _, oi := range all {
		last := &lists[len(lists)-1]
		switch oi = strings.ToLower(oi); {
		case *last == "":
			*last = oi
		case len(*last)+len(",")+len(oi) <= most:
			*last += "," + oi
		default:
			lists = append(lists, oi)
		}
	}
	return lists
}

// wpaNetwork writes the network with a name.
func wpaNetwork(s *Settings, c Credential) (text, tooLong string) {
	b := wpaBlock{limit: maxNetworkLine}
	b.text.WriteString("\nnetwork={\n")
	b.field("ssid", wpaString(s.WPA2.SSID))
	if s.WPA2.Hidden {
		b.field("scan_ssid", "1")
	}
	b.field("key_mgmt", "WPA-EAP WPA-EAP-SHA256")
	b.field("ieee80211w", "1")
	b.field("identity", wpaString(c.Username))
	b.field("anonymous_identity", wpaString(s.OuterIdentity))
	b.eap(s, c)
	b.text.WriteString("}\n")
	return b.text.String(), b.tooLong
}

// wpaString writes a value so that nothing in it can end it. A quoted value runs
// to the last quote of its line, and nothing in it is special but a # behind the
// second quote of the line, where a comment begins. Where the value holds that,
// the printf form says it without quotes or without hashes, or hex does if it is
// shorter.
func wpaString(value string) string {
	asHex := hex.EncodeToString([]byte(value))
	if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r < 0x20 || r == 0x7F }) {
		return asHex
	}
	if _, behind, _ := strings.Cut(value, `"`); !strings.Contains(behind, "#") {
		return `"` + value + `"`
	}
	escapes := strings.NewReplacer(`\`, `\\`, `"`, `\x22`)
	if strings.Count(value, "#") < strings.Count(value, `"`) {
		escapes = strings.NewReplacer(`\`, `\\`, "#", `\x23`)
	}
	if printf := `P"` + escapes.Replace(value) + `"`; len(printf) <= len(asHex) {
		return printf
	}
	return asHex
}

// credOuterIdentity is the outer identity that wpa_supplicant makes up for a
// cred block with TTLS (interworking_set_eap_params): "anonymous" at the part of
// the user name from its first @ on, or at the realm.
func credOuterIdentity(s *Settings, username string) string {
	if at := strings.IndexByte(username, '@'); at >= 0 {
		return "anonymous" + username[at:]
	}
	return anonymousAt(s.Passpoint.Realm)
}
