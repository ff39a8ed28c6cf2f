package devicesim

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strings"
)

// readCertificate checks the content of a certificate payload and keeps its DER form.
func (a *appleReader) readCertificate(p *applePayload) {
	content := p.dict.get("PayloadContent", plistData)
	if p.kind == payloadWiFi || content == nil {
		return
	}
	der := content.data
	if p.kind == payloadPEM {
		block, rest := pem.Decode(content.data)
		if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 ||
			!bytes.HasPrefix(bytes.TrimSpace(content.data), []byte("-----BEGIN")) {
			a.breaks(appleCertificate, p.path+": not one PEM certificate")
			return
		}
		der = block.Bytes
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		what := "not one DER certificate"
		if bytes.Contains(der, []byte("-----BEGIN")) {
			what = "PEM where DER belongs"
		}
		a.breaks(appleCertificate, p.path+": "+what)
		return
	}
	p.der = cert.Raw
	if expired(cert, a.now) {
		a.breaks(appleCertificateExpired, cert.Subject.String())
	}
	if p.kind == payloadRoot && !isAuthority(cert) {
		a.breaks(appleCertificateCA, cert.Subject.String())
	}
}

// anchors resolves the references of a network to certificate payloads.
func (a *appleReader) anchors(eap *plistValue, path string) [][]byte {
	var out [][]byte
	for _, key := range []string{"PayloadCertificateAnchorUUID", "TLSTrustedCertificates"} {
		for _, ref := range eap.strings(key) {
			p := a.payloads[strings.ToUpper(ref)]
			if p == nil || p.kind != payloadRoot && p.kind != payloadPKCS1 && p.kind != payloadPEM {
				a.breaks(appleAnchor, joinPath(path, key)+" "+ref)
				continue
			}
			p.used = true
			if p.der == nil {
				continue
			}
			if cert, err := x509.ParseCertificate(p.der); err == nil && !isAuthority(cert) {
				a.breaks(appleCertificateCA, cert.Subject.String())
			}
			out = append(out, p.der)
		}
	}
	return out
}
