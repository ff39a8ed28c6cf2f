package profiles

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
)

// newNetworkManager returns the builder of key files for NetworkManager's
// system-connections folder. NetworkManager does not support Passpoint.
func newNetworkManager(s *Settings) (builder, error) { return &networkManager{s}, nil }

type networkManager struct{ settings *Settings }

func (b *networkManager) document(c Credential) (*Document, error) {
	s := b.settings
	var f bytes.Buffer
	group := func(name string) { fmt.Fprintf(&f, "[%s]\n", name) }
	key := func(name, value string) { fmt.Fprintf(&f, "%s=%s\n", name, keyfileString(value)) }

	group("connection")
	key("id", s.WPA2.SSID)
	key("uuid", stableUUID(s.OrganizationID, c.CustomerID, partWPA2).String())
	key("type", "wifi")
	key("autoconnect", "true")
	f.WriteByte('\n')

	group("wifi")
	key("mode", "infrastructure")
	key("ssid", keyfileSSID(s.WPA2.SSID))
	if s.WPA2.Hidden {
		key("hidden", "true")
	}
	f.WriteByte('\n')

	group("wifi-security")
	key("key-mgmt", "wpa-eap")
	f.WriteByte('\n')

	group("802-1x")
	key("eap", s.Method.networkManager()+";")
	key("identity", c.Username)
	key("anonymous-identity", s.OuterIdentity)
	key("password", c.Password)
	key("phase2-auth", s.Inner.networkManager())
	key("domain-suffix-match", strings.Join(s.suffixNames(), ";"))
	if s.privateRoot() {
		key("ca-cert", "data:;base64,"+base64.StdEncoding.EncodeToString(s.anchor()))
	} else {
		key("system-ca-certs", "true")
	}
	f.WriteByte('\n')

	group("ipv4")
	key("method", "auto")
	f.WriteByte('\n')
	group("ipv6")
	key("method", "auto")

	return &Document{
		Body: f.Bytes(), ContentType: "text/plain; charset=utf-8", FileName: "wifi.nmconnection", Attachment: true,
		Networks: []Network{wpa2Network(s, c)}, Notes: nameOnlyNotes(s, "NetworkManager"),
	}, nil
}

// keyfileString returns the encoding of a value for GLib's g_key_file_get_string and
// iwd's l_settings_get_string. It escapes backslashes, line breaks, and spaces at the
// ends, which the parsers would trim.
func keyfileString(value string) string {
	value = keyfileEscapes.Replace(value)
	body := strings.TrimLeft(value, " ")
	leading := strings.Repeat(`\s`, len(value)-len(body))
	value, body = body, strings.TrimRight(body, " ")
	return leading + body + strings.Repeat(`\s`, len(value)-len(body))
}

var keyfileEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// keyfileSSID returns the encoding of an SSID: the SSID itself if it is plain and not a
// number, else the list of its octets as numbers.
func keyfileSSID(ssid string) string {
	plain := strings.Trim(ssid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
	if plain && strings.Trim(ssid, "0123456789") != "" {
		return ssid
	}
	var list strings.Builder
	for _, octet := range []byte(ssid) {
		fmt.Fprintf(&list, "%d;", octet)
	}
	return list.String()
}
