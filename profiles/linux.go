package profiles

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// newLinux returns the builder of configurations for wpa_supplicant 2.10 and later:
// cred blocks for the Passpoint network, and a network block for the WPA2 network.
func newLinux(s *Settings) (builder, error) { return &linux{s}, nil }

type linux struct{ settings *Settings }

const (
	// linuxPublicCAs is the file of the public CAs on Debian, Ubuntu, Arch, Alpine and
	// openSUSE.
	linuxPublicCAs = "/etc/ssl/certs/ca-certificates.crt"
	linuxRootBlob  = "onramp-root"
)

// The maximum line lengths of wpa_supplicant 2.10, without the line end. It truncates
// longer lines, so that a password is wrong or the file is rejected.
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
				notes = append(notes, "wpa_supplicant sends the outer identity "+network.OuterIdentity+
					" for Passpoint, not "+s.OuterIdentity+".")
			}
		}
	}
	if s.WPA2 != nil {
		if no := linuxWPA2(s); no != nil {
			notes = append(notes, no.reason)
		} else {
			network, _ := wpaNetwork(s, c) // credentials always fit
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
		notes = append(notes, "The public CAs must be in "+linuxPublicCAs+".")
	}
	notes = append(notes, "wpa_supplicant does not remove the network when the credential expires.")
	return &Document{
		Body: f.Bytes(), ContentType: "text/plain; charset=utf-8", FileName: "wpa_supplicant.conf", Attachment: true,
		Networks: record, Notes: notes,
	}, nil
}

const passwordTooLong = "wpa_supplicant reads only 254 bytes of a line of a Passpoint credential, but this password " +
	"needs more because of its quotes, hashes and backslashes: the Passpoint network is left out."

// linuxPasspoint returns the reason why no document can contain the Passpoint network
// of the settings, or nil.
func linuxPasspoint(s *Settings) *refusal {
	if s.Passpoint == nil {
		return nil
	}
	if s.Method != TTLS {
		return &refusal{"wifi.eap.method",
			"With Passpoint and " + s.Method.supplicant() + ", wpa_supplicant sends the user name in clear: " +
				"the Passpoint network is left out.",
			"use method: ttls"}
	}
	_, tooLong := wpaCreds(s, Credential{Username: "x", Password: "x"})
	return linuxTooLong(tooLong, maxCredLine, "the Passpoint network")
}

// linuxWPA2 returns the reason why no document can contain the WPA2 network of the
// settings, or nil.
func linuxWPA2(s *Settings) *refusal {
	if s.WPA2 == nil {
		return nil
	}
	_, tooLong := wpaNetwork(s, Credential{Username: "x", Password: "x"})
	return linuxTooLong(tooLong, maxNetworkLine, "the WPA2 network")
}

func linuxTooLong(field string, limit int, network string) *refusal {
	yaml := map[string]string{
		"realm": "wifi.passpoint.realm", "domain": "wifi.passpoint.homeDomain",
		"domain_suffix_match": "wifi.trustedServerNames",
	}[field]
	if yaml == "" {
		return nil
	}
	return &refusal{yaml,
		fmt.Sprintf("wpa_supplicant reads only %d bytes of a line, but %s needs more: %s is left out.",
			limit, yaml, network),
		"write fewer or shorter names"}
}

// wpaBlock is a block of a configuration. tooLong is the first field whose line is
// longer than limit.
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

// eap writes the fields that both kinds of block share. Without ca_cert,
// wpa_supplicant would not check the server's certificate.
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

// wpaCreds returns the Passpoint network as cred blocks, and the first field that is
// too long, or "". If the roaming consortiums do not fit on one line, there are several
// blocks, which are equal otherwise.
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

// wpaConsortiums joins organization identifiers to lists that fit on one line each. It
// returns one empty list if there are none.
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

// wpaNetwork returns the WPA2 network as a network block, and the first field that is
// too long, or "".
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

// wpaString returns the encoding of a value. A quoted value extends to the last quote of
// its line. Its only special character is a # after the second quote of the line, which
// starts a comment. If the value contains that, wpaString uses the printf form without
// quotes or without hashes, or the hexadecimal form if it is shorter.
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

// credOuterIdentity returns the outer identity that wpa_supplicant sends for a cred
// block with TTLS (interworking_set_eap_params): "anonymous" and the user name from its
// first @ on, or "anonymous@" and the realm.
func credOuterIdentity(s *Settings, username string) string {
	if at := strings.IndexByte(username, '@'); at >= 0 {
		return "anonymous" + username[at:]
	}
	return anonymousAt(s.Passpoint.Realm)
}
