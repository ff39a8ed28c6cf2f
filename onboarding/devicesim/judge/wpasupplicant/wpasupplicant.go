package wpasupplicant

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"onramp/onboarding/devicesim/judge"
)

// The fields of wpa_supplicant 2.10 that a profile may use, with the form of their values.
const (
	formText   = 't' // in double quotes, or P"..." or bare hex
	formQuoted = 'q' // in double quotes only
	formNumber = 'n'
	formWord   = 'w' // bare words
)

var globalFields = map[string]rune{
	"ctrl_interface":       formWord,
	"ctrl_interface_group": formWord,
	"update_config":        formNumber,
	"country":              formWord,
	"ap_scan":              formNumber,
	"eapol_version":        formNumber,
	"fast_reauth":          formNumber,
	"interworking":         formNumber,
	"hs20":                 formNumber,
	"auto_interworking":    formNumber,
	"access_network_type":  formNumber,
	"pmf":                  formNumber,
	"p2p_disabled":         formNumber,
	"mac_addr":             formNumber,
	"preassoc_mac_addr":    formNumber,
	"rand_addr_lifetime":   formNumber,
}

var credFields = map[string]rune{
	"realm": formText, "username": formText, "password": formText, "domain": formText, "ca_cert": formText,
	"domain_suffix_match": formText, "eap": formWord, "phase1": formText, "phase2": formText,
	"roaming_consortiums": formQuoted, "priority": formNumber, "sp_priority": formNumber, "temporary": formNumber,
	"ocsp": formNumber, "provisioning_sp": formText, "update_identifier": formNumber,
}

var networkFields = map[string]rune{
	"ssid": formText, "scan_ssid": formNumber, "key_mgmt": formWord, "proto": formWord, "pairwise": formWord,
	"group": formWord, "ieee80211w": formNumber, "eap": formWord, "identity": formText, "anonymous_identity": formText,
	"password": formText, "phase1": formText, "phase2": formText, "ca_cert": formText, "domain_suffix_match": formText,
	"domain_match": formText, "altsubject_match": formText, "priority": formNumber, "disabled": formNumber,
	"id_str": formText, "ocsp": formNumber, "mac_addr": formNumber, "proactive_key_caching": formNumber,
}

// configBlock is a block with its decoded values.
type configBlock struct {
	kind   string // "cred" or "network"
	line   int
	fields map[string]string
	repeat map[string]int
}

// config is the state of reading a configuration.
type config struct {
	*judge.Findings
	globals map[string]string
	blocks  []*configBlock
	blobs   map[string][]byte
}

// Check judges a file as wpa_supplicant 2.10 does. Passpoint has no networks there but credentials,
// of which any that matches is used. Credentials that differ only in their consortiums are one
// network.
func Check(j *judge.Findings, file []byte, o judge.Options) *judge.View {
	if !utf8.Valid(file) || bytes.ContainsRune(file, 0) || bytes.HasPrefix(file, []byte("\xef\xbb\xbf")) {
		j.Breaks(ruleText, fmt.Sprintf("%d bytes", len(file)))
		return nil
	}
	f := &config{Findings: j, globals: map[string]string{}, blobs: map[string][]byte{}}
	if !f.read(string(file)) {
		return nil
	}
	view := &judge.View{}
	for _, b := range f.blocks {
		n := f.network(b, o)
		if i := slices.IndexFunc(view.Networks,
			func(have judge.Network) bool { return differInConsortiumsOnly(have, n) }); i >= 0 {
			same := &view.Networks[i]
			same.RoamingConsortiums = append(same.RoamingConsortiums, n.RoamingConsortiums...)
			continue
		}
		view.Networks = append(view.Networks, n)
	}
	if len(f.blocks) == 0 {
		j.Breaks(ruleEmpty, "")
	}
	return view
}

// read parses all lines. It returns false if the rest of the file cannot be parsed.
func (f *config) read(text string) bool {
	var block *configBlock
	blob, inBlob := "", false
	var encoded strings.Builder
	for i, raw := range strings.Split(text, "\n") {
		at := fmt.Sprintf("line %d", i+1)
		limit := 510
		switch {
		case inBlob, block != nil && block.kind == "cred":
			limit = 254
		case block != nil:
			limit = 1998
		}
		line := stripLine(raw)
		if len(raw) > limit && line != "" {
			f.Breaks(ruleLength, fmt.Sprintf("%s has %d bytes", at, len(raw)))
		}
		switch {
		case line == "":
		case inBlob && line == "}":
			inBlob = false
			data, err := base64.StdEncoding.DecodeString(encoded.String())
			if err != nil || len(data) == 0 {
				f.Breaks(ruleCA, "blob "+blob+" is not base64")
			}
			f.blobs[blob] = data
		case inBlob:
			encoded.WriteString(line)
		case block != nil && line == "}":
			f.blocks = append(f.blocks, block)
			block = nil
		case block != nil:
			if cut := strings.TrimSpace(raw[strings.Index(raw, line)+len(line):]); strings.HasPrefix(cut, "#") &&
				strings.Contains(cut, `"`) {
				f.Breaks(ruleComment, at)
			}
			f.field(block, line, at)
		case line == "cred={" || line == "network={":
			block = &configBlock{
				kind:   line[:len(line)-2],
				line:   i + 1,
				fields: map[string]string{},
				repeat: map[string]int{},
			}
		case strings.HasPrefix(line, "blob-base64-") && strings.HasSuffix(line, "={"):
			blob, inBlob = strings.TrimSuffix(strings.TrimPrefix(line, "blob-base64-"), "={"), true
			encoded.Reset()
		default:
			f.global(line, at)
		}
	}
	if block != nil || inBlob {
		f.Breaks(ruleLine, "block without closing }")
		return false
	}
	return true
}

// stripLine removes outer blanks and comments of a line. A `#` begins a comment unless it is before
// the second double quote of the line; so a text with a quote and then a `#` is cut.
func stripLine(raw string) string {
	line := strings.TrimLeft(raw, " \t\r")
	if strings.HasPrefix(line, "#") {
		return ""
	}
	from := 0
	if first := strings.IndexByte(line, '"'); first >= 0 {
		if second := strings.IndexByte(line[first+1:], '"'); second >= 0 {
			from = first + 1 + second
		}
	}
	if hash := strings.IndexByte(line[from:], '#'); hash >= 0 {
		line = line[:from+hash]
	}
	return strings.TrimRight(line, " \t\r")
}

func (f *config) global(line, at string) {
	name, value, ok := strings.Cut(line, "=")
	form, known := globalFields[name]
	switch {
	case !ok || strings.TrimSpace(name) != name || strings.ContainsAny(name, "{}"):
		f.Breaks(ruleLine, at)
	case !known:
		f.Breaks(ruleUnknown, at+": "+name)
	default:
		if _, err := valueOf(form, value); err != nil {
			f.Breaks(ruleValue, at+": "+name)
		}
		if _, twice := f.globals[name]; twice {
			f.Breaks(ruleDuplicate, at+": "+name)
		}
		f.globals[name] = value
	}
}

func (f *config) field(b *configBlock, line, at string) {
	name, value, ok := strings.Cut(line, "=")
	if !ok || strings.ContainsAny(name, " \t\"{}") {
		f.Breaks(ruleLine, at)
		return
	}
	table := networkFields
	if b.kind == "cred" {
		table = credFields
	}
	form, known := table[name]
	if !known {
		f.Breaks(ruleUnknown, at+": "+name)
		return
	}
	v, err := valueOf(form, value)
	if err != nil || b.kind == "cred" && strings.ContainsAny(v, "\r\n") {
		f.Breaks(ruleValue, at+": "+name)
		return
	}
	if b.repeat[name]++; b.repeat[name] > 1 {
		if name != "domain" {
			f.Breaks(ruleDuplicate, at+": "+name)
		}
		return // the view has the first of several domains
	}
	b.fields[name] = v
}

var errValue = errors.New("invalid value")

// valueOf decodes a value. Plain quotes have no escapes: the last quote of the line ends the text.
func valueOf(form rune, v string) (string, error) {
	quoted := len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"'
	switch form {
	case formQuoted, formText:
		switch {
		case quoted:
			return v[1 : len(v)-1], nil
		case form == formText && len(v) >= 3 && strings.HasPrefix(v, `P"`) && v[len(v)-1] == '"':
			return UnescapePrintf(v[2 : len(v)-1])
		case form != formQuoted:
			b, err := hex.DecodeString(v)
			if err != nil || len(b) == 0 {
				return "", errValue
			}
			return string(b), nil
		}
		return "", errValue
	case formNumber:
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			return "", errValue
		}
		return v, nil
	}
	if v == "" || strings.Contains(v, `"`) {
		return "", errValue
	}
	return v, nil
}

// UnescapePrintf decodes the escapes of P"...".
func UnescapePrintf(s string) (string, error) {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", errValue
		}
		switch s[i] {
		case '\\', '"':
			out = append(out, s[i])
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'e':
			out = append(out, 0x1b)
		case 'x':
			if i+3 > len(s) {
				return "", errValue
			}
			b, err := hex.DecodeString(s[i+1 : i+3])
			if err != nil {
				return "", errValue
			}
			out = append(out, b[0])
			i += 2
		default:
			return "", errValue
		}
	}
	return string(out), nil
}
