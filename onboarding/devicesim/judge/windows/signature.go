package windows

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/xmldoc"
)

const (
	nsDSig            = "http://www.w3.org/2000/09/xmldsig#"
	dsigEnveloped     = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	dsigC14N          = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	dsigExclusiveC14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
	dsigRSASHA256     = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	dsigSHA256        = "http://www.w3.org/2001/04/xmlenc#sha256"
)

var signatureModel = xmldoc.Model{
	{Local: "SignedInfo", Min: 1, Max: 1, Content: xmldoc.Model{
		{Local: "CanonicalizationMethod", Min: 1, Max: 1},
		{Local: "SignatureMethod", Min: 1, Max: 1},
		{Local: "Reference", Min: 1, Max: 1, Content: xmldoc.Model{
			{Local: "Transforms", Min: 1, Max: 1, Content: xmldoc.Model{{Local: "Transform", Min: 1, Max: 1}}},
			{Local: "DigestMethod", Min: 1, Max: 1},
			{Local: "DigestValue", Min: 1, Max: 1},
		}},
	}},
	{Local: "SignatureValue", Min: 1, Max: 1},
	{Local: "KeyInfo", Min: 1, Max: 1, Content: xmldoc.Model{
		{Local: "X509Data", Min: 1, Max: 1, Content: xmldoc.Model{{Local: "X509Certificate", Min: 1}}},
	}},
}

// verifyXMLSignature verifies the enveloped signature of a document (W3C XML Signature). It returns
// the signer, or nil if the signature is unusable, and whether a given root trusts it.
func verifyXMLSignature(j *judge.Findings, doc string, sig *xmldoc.Node, o judge.Options) (*x509.Certificate, bool) {
	if bad := sig.Misfit(signatureModel, "Signature"); bad != "" {
		j.Breaks(ruleSignatureShape, bad)
		return nil, false
	}
	info := sig.Child("SignedInfo")
	ref := info.Child("Reference")
	c14n := info.Child("CanonicalizationMethod").Attrs["Algorithm"]
	uri, hasURI := ref.Attrs["URI"]
	if !hasURI || uri != "" || ref.Find("Transforms", "Transform").Attrs["Algorithm"] != dsigEnveloped ||
		c14n != dsigC14N && c14n != dsigExclusiveC14N {
		j.Breaks(ruleSignatureShape,
			fmt.Sprintf("URI %q, %s, %s", uri, ref.Find("Transforms", "Transform").Attrs["Algorithm"], c14n))
		return nil, false
	}
	method, digest := info.Child("SignatureMethod").Attrs["Algorithm"], ref.Child("DigestMethod").Attrs["Algorithm"]
	if method != dsigRSASHA256 || digest != dsigSHA256 {
		j.Breaks(ruleSignatureAlgorithm, method+" "+digest)
		return nil, false
	}
	certs := signatureCertificates(sig)
	if len(certs) == 0 {
		j.Breaks(ruleSignatureShape, "invalid certificate")
		return nil, false
	}
	// The first certificate is the signer's.
	key, isRSA := certs[0].PublicKey.(*rsa.PublicKey)
	if !isRSA || key.N.BitLen() < 2048 {
		j.Breaks(ruleSignatureAlgorithm, certs[0].PublicKeyAlgorithm.String())
		return nil, false
	}
	content, err := (&xmldoc.Canonicalizer{Omit: "Signature", OmitSpace: nsDSig}).Write(doc)
	sum := sha256.Sum256([]byte(content))
	want, e := decodeBlanks(ref.Value("DigestValue"))
	if err != nil || e != nil || !bytes.Equal(sum[:], want) {
		j.Breaks(ruleDigest, "")
	}
	signed, err := (&xmldoc.Canonicalizer{Apex: "SignedInfo", Exclusive: c14n == dsigExclusiveC14N}).Write(doc)
	value, e := decodeBlanks(sig.Value("SignatureValue"))
	if err != nil || e != nil || certs[0].CheckSignature(x509.SHA256WithRSA, []byte(signed), value) != nil {
		j.Breaks(ruleSignature, certs[0].Subject.String())
	}
	return certs[0], verifyChain(j, certs, o)
}

func decodeBlanks(s string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
}

func signatureCertificates(sig *xmldoc.Node) []*x509.Certificate {
	var out []*x509.Certificate
	for _, c := range sig.Find("KeyInfo", "X509Data").Children {
		der, err := decodeBlanks(c.Text)
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

func verifyChain(j *judge.Findings, certs []*x509.Certificate, o judge.Options) bool {
	intermediates := x509.NewCertPool()
	for i, c := range certs {
		if judge.IsSelfSigned(c) {
			j.Breaks(ruleChain, c.Subject.String()+" is a root")
		}
		if judge.Expired(c, o.Now) {
			j.Breaks(ruleSignerExpired, c.Subject.String())
		}
		if i > 0 {
			intermediates.AddCert(c)
		}
	}
	if o.Trust == nil {
		j.Breaks(ruleNoTrust, certs[len(certs)-1].Issuer.String())
		return false
	}
	_, err := certs[0].Verify(x509.VerifyOptions{
		Roots:         o.Trust,
		Intermediates: intermediates,
		CurrentTime:   o.Now,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		j.Breaks(ruleChain, err.Error())
	}
	return err == nil
}
