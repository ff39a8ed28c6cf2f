package tenant

import (
	"bytes"
	"encoding/pem"
	"strings"

	"go.yaml.in/yaml/v3"

	"onramp/certs"
	"onramp/onboarding"
)

func (r *reader) wifi(at path, n *yaml.Node, w *onboarding.WiFi) {
	r.mapping(at, n, members{
		"eap": func(at path, n *yaml.Node) {
			r.mapping(at, n, members{"method": r.textTo((*string)(&w.Method)), "inner": r.textTo((*string)(&w.Inner))})
		},
		"outerIdentity":      r.textTo(&w.OuterIdentity),
		"trustedServerNames": r.textList(&w.TrustedServerNames),
		"trustAnchor":        func(at path, n *yaml.Node) { w.TrustAnchor = r.certificate(at, n) },
		"publicRoots": func(at path, n *yaml.Node) {
			r.list(at, n, func(at path, n *yaml.Node) { w.PublicRoots = append(w.PublicRoots, r.certificate(at, n)) })
		},
		"profileLifetime":         r.duration(&w.ProfileLifetime),
		"consentText":             r.texts(&w.ConsentText),
		"disableMacRandomization": r.truth(&w.DisableMACRandomization),
		"carrierId":               r.textTo(&w.CarrierID),
		"helpdesk": func(at path, n *yaml.Node) {
			w.Helpdesk = &onboarding.Helpdesk{}
			r.mapping(at, n, members{"email": r.textTo(&w.Helpdesk.Email), "phone": r.textTo(&w.Helpdesk.Phone), "url": r.textTo(&w.Helpdesk.URL)})
		},
		"passpoint": func(at path, n *yaml.Node) {
			w.Passpoint = &onboarding.Passpoint{}
			r.passpoint(at, n, w.Passpoint)
		},
		"wpa2": func(at path, n *yaml.Node) {
			w.WPA2 = &onboarding.WPA2{}
			r.mapping(at, n, members{"ssid": r.textTo(&w.WPA2.SSID), "ssidHidden": r.truth(&w.WPA2.Hidden)})
		},
	})
}

func (r *reader) passpoint(at path, n *yaml.Node, p *onboarding.Passpoint) {
	roamingSaid := false
	roamingLine := 0
	r.mapping(at, n, members{
		"realm":        r.textTo(&p.Realm),
		"friendlyName": r.textTo(&p.FriendlyName),
		"homeDomain":   r.textTo(&p.HomeDomain),
		"roaming": func(at path, n *yaml.Node) {
			roamingSaid, roamingLine = true, n.Line
			r.truth(&p.Roaming)(at, n)
		},
		"roamingConsortiums": r.textList(&p.RoamingConsortiums),
		"openRoaming":        r.textTo((*string)(&p.OpenRoaming)),
		"naiRealms":          r.textList(&p.NAIRealms),
		"mccMnc":             r.textList(&p.MCCMNC),
	})
	for i, oi := range p.RoamingConsortiums {
		p.RoamingConsortiums[i] = strings.ToUpper(oi)
	}
	if p.OpenRoaming != "" && roamingSaid && !p.Roaming {
		r.refuse(at.key("roaming"), roamingLine, "open-roaming", "leave roaming out, or openRoaming", "contradicts openRoaming, which is roaming")
	}
}

// certificate reads a root: PEM in its place, or a file with PEM or DER.
func (r *reader) certificate(at path, n *yaml.Node) string {
	line := n.Line
	text, ok := r.text(at, n)
	switch {
	case !ok:
		return ""
	case strings.Contains(text, "-----BEGIN "):
		return canonicalPEM([]byte(text))
	case text == "" || strings.ContainsAny(text, "\n\x00"):
		r.refuse(at, line, "trust-anchor", "write `|` and the certificate below it, or a file name", "is neither a certificate in PEM nor the name of a file")
		return ""
	}
	data, ok := r.readFile(at, line, text)
	if !ok {
		return ""
	}
	if len(data) > 0 && data[0] == 0x30 { // an ASN.1 SEQUENCE: DER
		data = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: data})
	} else {
		data = certs.Text(data)
	}
	if anchor := canonicalPEM(data); anchor != "" {
		return anchor
	}
	r.refuse(at, line, "trust-anchor", "", "names the file %q, which is empty", shown(text))
	return ""
}

// canonicalPEM returns the one certificate in data without the text around it, so that the same certificate is the same text wherever it comes
// from. Anything else stays as it is, for the check to complain about.
func canonicalPEM(data []byte) string {
	block, rest := pem.Decode(data)
	for n := 1; block != nil && block.Type == "CERTIFICATE"; n++ {
		again, after := pem.Decode(rest)
		if again == nil {
			if bytes.Count(data, []byte("-----BEGIN ")) == n && !bytes.Contains(rest, []byte("-----")) {
				return string(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
			}
			break
		}
		if again.Type != block.Type || !bytes.Equal(again.Bytes, block.Bytes) { // the same one twice is one
			break
		}
		rest = after
	}
	return strings.ToValidUTF8(string(data), "\uFFFD")
}

// readFile reads a file that the YAML names.
func (r *reader) readFile(at path, line int, name string) ([]byte, bool) {
	if r.env.ReadFile == nil {
		r.refuse(at, line, "file", "", "names a file, and files cannot be read here")
		return nil, false
	}
	data, err := r.env.ReadFile(name)
	if err != nil {
		r.refuse(at, line, "file", "the name is relative to the YAML file", "names the file %q, which cannot be read: %v", shown(name), err)
		return nil, false
	}
	return data, true
}
