package devicesim

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
)

const (
	nsDSig            = "http://www.w3.org/2000/09/xmldsig#"
	dsigEnveloped     = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	dsigC14N          = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	dsigExclusiveC14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
	dsigRSASHA256     = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	dsigSHA256        = "http://www.w3.org/2001/04/xmlenc#sha256"
)

var signatureModel = contentModel{
	{local: "SignedInfo", min: 1, max: 1, content: contentModel{
		{local: "CanonicalizationMethod", min: 1, max: 1},
		{local: "SignatureMethod", min: 1, max: 1},
		{local: "Reference", min: 1, max: 1, content: contentModel{
			{local: "Transforms", min: 1, max: 1, content: contentModel{{local: "Transform", min: 1, max: 1}}},
			{local: "DigestMethod", min: 1, max: 1},
			{local: "DigestValue", min: 1, max: 1},
		}},
	}},
	{local: "SignatureValue", min: 1, max: 1},
	{local: "KeyInfo", min: 1, max: 1, content: contentModel{
		{local: "X509Data", min: 1, max: 1, content: contentModel{{local: "X509Certificate", min: 1}}},
	}},
}

// verifyXMLSignature verifies the enveloped signature of a document (W3C XML Signature). It returns the
// signer, nil when the signature leaves none to speak of, and whether a given root vouches for it.
func verifyXMLSignature(j *judge, doc string, sig *resolved, o Options) (*x509.Certificate, bool) {
	if bad := sig.misfit(signatureModel, "Signature"); bad != "" {
		j.breaks(windowsSignatureShape, bad)
		return nil, false
	}
	info := sig.child("SignedInfo")
	ref := info.child("Reference")
	c14n := info.child("CanonicalizationMethod").attrs["Algorithm"]
	uri, hasURI := ref.attrs["URI"]
	if !hasURI || uri != "" || ref.find("Transforms", "Transform").attrs["Algorithm"] != dsigEnveloped ||
		c14n != dsigC14N && c14n != dsigExclusiveC14N {
		j.breaks(windowsSignatureShape, fmt.Sprintf("URI %q, %s, %s", uri, ref.find("Transforms", "Transform").attrs["Algorithm"], c14n))
		return nil, false
	}
	method, digest := info.child("SignatureMethod").attrs["Algorithm"], ref.child("DigestMethod").attrs["Algorithm"]
	if method != dsigRSASHA256 || digest != dsigSHA256 {
		j.breaks(windowsSignatureAlgorithm, method+" "+digest)
		return nil, false
	}
	certs := signatureCertificates(sig)
	if len(certs) == 0 {
		j.breaks(windowsSignatureShape, "a broken certificate")
		return nil, false
	}
	// The first certificate is the signer's.
	key, isRSA := certs[0].PublicKey.(*rsa.PublicKey)
	if !isRSA || key.N.BitLen() < 2048 {
		j.breaks(windowsSignatureAlgorithm, certs[0].PublicKeyAlgorithm.String())
		return nil, false
	}
	content, err := (&canonicalizer{omit: "Signature", omitSpace: nsDSig}).write(doc)
	sum := sha256.Sum256([]byte(content))
	want, e := decodeBlanks(ref.value("DigestValue"))
	if err != nil || e != nil || !bytes.Equal(sum[:], want) {
		j.breaks(windowsDigest, "")
	}
	signed, err := (&canonicalizer{apex: "SignedInfo", exclusive: c14n == dsigExclusiveC14N}).write(doc)
	value, e := decodeBlanks(sig.value("SignatureValue"))
	if err != nil || e != nil || certs[0].CheckSignature(x509.SHA256WithRSA, []byte(signed), value) != nil {
		j.breaks(windowsSignature, certs[0].Subject.String())
	}
	return certs[0], windowsTrust(j, certs, o)
}

func decodeBlanks(s string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
}

func signatureCertificates(sig *resolved) []*x509.Certificate {
	var out []*x509.Certificate
	for _, c := range sig.find("KeyInfo", "X509Data").children {
		der, err := decodeBlanks(c.text)
		if err != nil {
			return nil
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil
		}
		out = append(out, cert)
	}
	return out
}

func windowsTrust(j *judge, certs []*x509.Certificate, o Options) bool {
	intermediates := x509.NewCertPool()
	for i, c := range certs {
		if isSelfSigned(c) {
			j.breaks(windowsChain, c.Subject.String()+" is a root")
		}
		if expired(c, o.Now) {
			j.breaks(windowsSignerExpired, c.Subject.String())
		}
		if i > 0 {
			intermediates.AddCert(c)
		}
	}
	if o.Trust == nil {
		j.breaks(windowsNoTrust, certs[len(certs)-1].Issuer.String())
		return false
	}
	_, err := certs[0].Verify(x509.VerifyOptions{
		Roots: o.Trust, Intermediates: intermediates, CurrentTime: o.Now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		j.breaks(windowsChain, err.Error())
	}
	return err == nil
}
