package apple

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strings"

	"onramp/onboarding/devicesim/judge"
)

// readCertificate checks the content of a certificate payload and stores it as DER.
func (a *reader) readCertificate(p *payload) {
	content := p.dict.get("PayloadContent", plistData)
	if p.kind == payloadWiFi || content == nil {
		return
	}
	der := content.data
	if p.kind == payloadPEM {
		block, rest := pem.Decode(content.data)
		if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 ||
			!bytes.HasPrefix(bytes.TrimSpace(content.data), []byte("-----BEGIN")) {
			a.Breaks(ruleCertificate, p.path+": not one PEM certificate")
			return
		}
		der = block.Bytes
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		what := "not one DER certificate"
		if bytes.Contains(der, []byte("-----BEGIN")) {
			what = "PEM instead of DER"
		}
		a.Breaks(ruleCertificate, p.path+": "+what)
		return
	}
	p.der = cert.Raw
	if judge.Expired(cert, a.now) {
		a.Breaks(ruleCertificateExpired, cert.Subject.String())
	}
	if p.kind == payloadRoot && !judge.IsAuthority(cert) {
		a.Breaks(ruleCertificateCA, cert.Subject.String())
	}
}

// anchors returns the certificates that a network refers to, as DER.
func (a *reader) anchors(eap *plistValue, path string) [][]byte {
	var out [][]byte
	for _, key := range []string{"PayloadCertificateAnchorUUID", "TLSTrustedCertificates"} {
		for _, ref := range eap.strings(key) {
			p := a.payloads[strings.ToUpper(ref)]
			if p == nil || p.kind != payloadRoot && p.kind != payloadPKCS1 && p.kind != payloadPEM {
				a.Breaks(ruleAnchor, judge.JoinPath(path, key)+" "+ref)
				continue
			}
			p.used = true
			if p.der == nil {
				continue
			}
			if cert, err := x509.ParseCertificate(p.der); err == nil && !judge.IsAuthority(cert) {
				a.Breaks(ruleCertificateCA, cert.Subject.String())
			}
			out = append(out, p.der)
		}
	}
	return out
}
