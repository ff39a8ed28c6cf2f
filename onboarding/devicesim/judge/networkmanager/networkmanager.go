package networkmanager

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"onramp/onboarding/devicesim/judge"
)

// keyfileKeys are the keys of each section that a Wi-Fi profile may use.
var keyfileKeys = map[string][]string{
	"connection": {
		"id",
		"uuid",
		"type",
		"autoconnect",
		"autoconnect-priority",
		"permissions",
		"interface-name",
		"timestamp",
		"zone",
		"metered",
	},
	"wifi":          {"ssid", "mode", "hidden", "cloned-mac-address", "mac-address-randomization", "powersave"},
	"wifi-security": {"key-mgmt", "proto", "pairwise", "group", "pmf", "auth-alg"},
	"802-1x": {
		"eap",
		"identity",
		"anonymous-identity",
		"password",
		"password-flags",
		"phase2-auth",
		"phase2-autheap",
		"ca-cert",
		"system-ca-certs",
		"domain-suffix-match",
		"domain-match",
		"altsubject-matches",
		"phase1-auth-flags",
		"auth-timeout",
		"optional",
	},
	"ipv4":  {"method", "dns", "dns-search", "may-fail", "never-default"},
	"ipv6":  {"method", "dns", "dns-search", "may-fail", "never-default", "addr-gen-mode", "ip6-privacy"},
	"proxy": {"method", "pac-url", "browser-only"},
}

// keyfile is the state of reading a connection: raw values by section and key.
type keyfile struct {
	*judge.Findings
	sections map[string]map[string]string
}

// Check judges a keyfile as NetworkManager does when it loads it.
func Check(j *judge.Findings, file []byte, o judge.Options) *judge.View {
	if !utf8.Valid(file) || bytes.ContainsRune(file, 0) {
		j.Breaks(ruleText, fmt.Sprintf("%d bytes", len(file)))
		return nil
	}
	k := &keyfile{Findings: j, sections: map[string]map[string]string{}}
	if !k.read(string(file)) {
		return nil
	}
	view := &judge.View{DisplayName: k.text("connection", "id"), UUID: k.text("connection", "uuid")}
	view.Networks = []judge.Network{k.network(o)}
	return view
}

func (k *keyfile) read(text string) bool {
	section := ""
	for i, line := range strings.Split(text, "\n") {
		at := fmt.Sprintf("line %d", i+1)
		line = strings.TrimSuffix(line, "\r")
		trimmed := strings.TrimLeft(line, " \t")
		switch {
		case trimmed == "" || trimmed[0] == '#':
		case trimmed[0] == '[':
			name, tail, ok := strings.Cut(trimmed[1:], "]")
			if !ok || strings.TrimSpace(tail) != "" || name == "" {
				k.Breaks(ruleSyntax, at)
				return false
			}
			if k.sections[name] != nil {
				k.Breaks(ruleSyntax, at+": duplicate ["+name+"]")
			}
			if keyfileKeys[name] == nil {
				k.Breaks(ruleUnknown, "["+name+"]")
			}
			section = name
			if k.sections[name] == nil {
				k.sections[name] = map[string]string{}
			}
		default:
			key, value, ok := strings.Cut(trimmed, "=")
			if !ok || section == "" {
				k.Breaks(ruleSyntax, at)
				return false
			}
			k.put(section, strings.TrimRight(key, " \t"), value, at)
		}
	}
	return true
}

func (k *keyfile) put(section, key, value, at string) {
	if _, twice := k.sections[section][key]; twice {
		k.Breaks(ruleSyntax, at+": duplicate "+key)
	}
	if keyfileKeys[section] != nil && !slices.Contains(keyfileKeys[section], key) {
		k.Breaks(ruleUnknown, section+"."+key)
	}
	if value != strings.TrimLeft(value, " \t") {
		k.Breaks(ruleEscape, at+": "+key+" starts with a blank")
	}
	k.sections[section][key] = strings.TrimLeft(value, " \t")
}

// text returns a string value without its escapes.
func (k *keyfile) text(section, key string) string {
	raw := k.sections[section][key]
	var out strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out.WriteByte(raw[i])
			continue
		}
		i++
		decoded, ok := map[byte]byte{'s': ' ', 'n': '\n', 't': '\t', 'r': '\r', '\\': '\\', ';': ';'}[at(raw, i)]
		if !ok {
			k.Breaks(ruleEscape, section+"."+key)
			return ""
		}
		out.WriteByte(decoded)
	}
	return out.String()
}

// at returns a byte of a string, or zero beyond its end.
func at(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

func (k *keyfile) network(o judge.Options) judge.Network {
	n := judge.Network{
		Type: judge.WPA2Enterprise, ServerMatch: judge.MatchSuffix, SSID: k.ssid(),
		Hidden:   k.text("wifi", "hidden") == "true",
		Username: k.text("802-1x", "identity"), OuterIdentity: k.text("802-1x", "anonymous-identity"),
		Password: judge.Secret(k.text("802-1x", "password")),
	}
	mode := k.text("wifi", "mode")
	if k.text("connection", "id") == "" || !judge.UUIDFormat.MatchString(k.text("connection", "uuid")) ||
		k.text("connection", "type") != "wifi" || mode != "" && mode != "infrastructure" {
		k.Breaks(ruleConnection, "")
	}
	if len(n.SSID) < 1 || len(n.SSID) > 32 {
		k.Breaks(ruleSSID, n.SSID)
	}
	if m := k.text("wifi-security", "key-mgmt"); m != "wpa-eap" {
		k.Breaks(ruleSecurity, m)
	}
	if n.Username == "" || n.OuterIdentity == "" || n.OuterIdentity == n.Username || n.Password == "" {
		k.Breaks(ruleCredentials, "")
	}
	switch method := strings.TrimSuffix(k.text("802-1x", "eap"), ";") + " " + k.text("802-1x", "phase2-auth"); method {
	case "ttls pap":
		n.EAP, n.Inner = judge.EAPTTLS, judge.InnerPAP
	case "ttls mschapv2":
		n.EAP, n.Inner = judge.EAPTTLS, judge.InnerMSCHAPv2
	case "peap mschapv2":
		n.EAP, n.Inner = judge.EAPPEAP, judge.InnerEAPMSCHAPv2
	default:
		k.Breaks(ruleEAP, method)
	}
	k.readTrust(&n, o)
	return n
}

// ssid returns the SSID, which is text or a list of byte values, each followed by a semicolon.
func (k *keyfile) ssid() string {
	raw := k.sections["wifi"]["ssid"]
	if strings.HasSuffix(raw, ";") && strings.Trim(raw, "0123456789;") == "" {
		var out []byte
		for _, number := range strings.Split(strings.TrimSuffix(raw, ";"), ";") {
			b, err := strconv.ParseUint(number, 10, 8)
			if err != nil {
				return ""
			}
			out = append(out, byte(b))
		}
		return string(out)
	}
	return k.text("wifi", "ssid")
}

func (k *keyfile) readTrust(n *judge.Network, o judge.Options) {
	ca := k.text("802-1x", "ca-cert")
	system := k.text("802-1x", "system-ca-certs") == "true"
	switch data, inline := strings.CutPrefix(ca, "data:;base64,"); {
	case inline:
		raw, err := base64.StdEncoding.DecodeString(data)
		certs := judge.ParseCertificates(raw)
		if err != nil || len(certs) == 0 {
			k.Breaks(ruleCA, "ca-cert has no certificate")
		}
		for _, c := range certs {
			if !judge.IsAuthority(c) || judge.Expired(c, o.Now) {
				k.Breaks(ruleCA, c.Subject.String())
			}
			n.Anchors = append(n.Anchors, c.Raw)
		}
		if system {
			k.Breaks(ruleCA, "both ca-cert and system-ca-certs: ca-cert is ignored")
		}
	case ca != "":
		k.Breaks(ruleCAFile, ca)
	case !system:
		k.Breaks(ruleCA, "neither ca-cert nor system-ca-certs")
	}
	names := strings.TrimSuffix(k.text("802-1x", "domain-suffix-match"), ";")
	for _, name := range strings.Split(names, ";") {
		if !judge.IsHostName(name) || judge.IsPublicSuffix(name) {
			k.Breaks(ruleServerName, name)
		}
		n.ServerNames = append(n.ServerNames, name)
	}
}
