package apple

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"onramp/onboarding/devicesim/judge"
)

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidSHA256RSA     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidECDSASHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

type cmsContentInfo struct {
	ContentType asn1.ObjectIdentifier
	Content     asn1.RawValue `asn1:"explicit,optional,tag:0"`
}

type cmsSignedData struct {
	Version          int
	DigestAlgorithms []pkix.AlgorithmIdentifier `asn1:"set"`
	Encapsulated     cmsContentInfo
	Certificates     asn1.RawValue   `asn1:"optional,tag:0"`
	CRLs             asn1.RawValue   `asn1:"optional,tag:1"`
	Signers          []cmsSignerInfo `asn1:"set"`
}

type cmsSignerInfo struct {
	Version            int
	SignerID           asn1.RawValue
	DigestAlgorithm    pkix.AlgorithmIdentifier
	SignedAttributes   asn1.RawValue `asn1:"optional,tag:0"`
	SignatureAlgorithm pkix.AlgorithmIdentifier
	Signature          []byte
	UnsignedAttributes asn1.RawValue `asn1:"optional,tag:1"`
}

type cmsAttribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue `asn1:"set"`
}

type cmsIssuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

// signedProfile is the content of a SignedData and its signer.
type signedProfile struct {
	content []byte
	signer  *x509.Certificate
	trusted bool
}

// openCMS verifies a signed profile as far as the device can and returns its content, or nil if
// there is none to judge.
func openCMS(j *judge.Findings, file []byte, o judge.Options) *signedProfile {
	if looksLikePlist(file) {
		j.Breaks(ruleUnsigned, "property list without a signature")
		return &signedProfile{content: file}
	}
	if err := strictDER(file); err != nil {
		j.Breaks(ruleDER, err.Error())
		return nil
	}
	var info cmsContentInfo
	if _, err := asn1.Unmarshal(file, &info); err != nil || !info.ContentType.Equal(oidSignedData) {
		j.Breaks(ruleSignedData, info.ContentType.String())
		return nil
	}
	var sd cmsSignedData
	if rest, err := asn1.Unmarshal(info.Content.Bytes, &sd); err != nil || len(rest) > 0 {
		j.Breaks(ruleSignedData, "invalid SignedData")
		return nil
	}
	var content []byte
	if _, err := asn1.Unmarshal(sd.Encapsulated.Content.Bytes, &content); err != nil || len(content) == 0 {
		j.Breaks(ruleDetached, "no content")
		return nil
	}
	if !sd.Encapsulated.ContentType.Equal(oidData) {
		j.Breaks(ruleDetached, "content type "+sd.Encapsulated.ContentType.String())
	}
	out := &signedProfile{content: content}
	certs, err := x509.ParseCertificates(sd.Certificates.Bytes)
	if err != nil {
		j.Breaks(ruleSigners, "invalid certificate")
		return out
	}
	if len(sd.Signers) != 1 {
		j.Breaks(ruleSigners, fmt.Sprintf("%d signers", len(sd.Signers)))
		return out
	}
	si := sd.Signers[0]
	out.signer = findSigner(si.SignerID, certs)
	if out.signer == nil {
		j.Breaks(ruleSigners, "the signer's certificate is not embedded")
		return out
	}
	listed := false
	for _, d := range sd.DigestAlgorithms {
		listed = listed || d.Algorithm.Equal(oidSHA256)
	}
	if !listed || !si.DigestAlgorithm.Algorithm.Equal(oidSHA256) {
		j.Breaks(ruleDigest, si.DigestAlgorithm.Algorithm.String())
		return out
	}
	verifySignature(j, si, out.signer, content)
	out.trusted = verifyChain(j, out.signer, certs, o)
	return out
}

// looksLikePlist reports whether a profile is unsigned, by its first character that is not white
// space.
func looksLikePlist(file []byte) bool {
	t := bytes.TrimLeft(file, "\xef\xbb\xbf \t\r\n")
	return len(t) > 0 && t[0] == '<'
}

// strictDER returns an error for encodings that BER allows and DER forbids: indefinite or overlong
// lengths, constructed strings, and trailing bytes.
func strictDER(der []byte) error {
	rest, err := strictDERValue(der, 0)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d bytes after the structure", len(rest))
	}
	return nil
}

func strictDERValue(der []byte, depth int) (rest []byte, err error) {
	if depth > 48 {
		return nil, errors.New("nested too deeply")
	}
	var v asn1.RawValue
	rest, err = asn1.Unmarshal(der, &v)
	if err != nil {
		return nil, errors.New("not DER")
	}
	if !v.IsCompound {
		return rest, nil
	}
	if v.Class == asn1.ClassUniversal && v.Tag != asn1.TagSequence && v.Tag != asn1.TagSet {
		return nil, errors.New("constructed string (BER)")
	}
	for inside := v.Bytes; len(inside) > 0; {
		if inside, err = strictDERValue(inside, depth+1); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

func findSigner(id asn1.RawValue, certs []*x509.Certificate) *x509.Certificate {
	if id.Class == asn1.ClassContextSpecific && id.Tag == 0 {
		for _, c := range certs {
			if len(c.SubjectKeyId) > 0 && bytes.Equal(c.SubjectKeyId, id.Bytes) {
				return c
			}
		}
		return nil
	}
	var ias cmsIssuerAndSerial
	if _, err := asn1.Unmarshal(id.FullBytes, &ias); err != nil || ias.Serial == nil {
		return nil
	}
	for _, c := range certs {
		if bytes.Equal(c.RawIssuer, ias.Issuer.FullBytes) && c.SerialNumber.Cmp(ias.Serial) == 0 {
			return c
		}
	}
	return nil
}

func verifySignature(j *judge.Findings, si cmsSignerInfo, signer *x509.Certificate, content []byte) {
	algorithm := x509.UnknownSignatureAlgorithm
	oid := si.SignatureAlgorithm.Algorithm
	switch key := signer.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() >= 2048 && (oid.Equal(oidRSA) || oid.Equal(oidSHA256RSA)) {
			algorithm = x509.SHA256WithRSA
		}
	case *ecdsa.PublicKey:
		if oid.Equal(oidECDSASHA256) {
			algorithm = x509.ECDSAWithSHA256
		}
	}
	if algorithm == x509.UnknownSignatureAlgorithm {
		j.Breaks(ruleSignatureAlgorithm, fmt.Sprintf("%s with a %s key", oid, signer.PublicKeyAlgorithm))
		return
	}
	if err := checkAttributes(si.SignedAttributes.Bytes, content); err != nil {
		j.Breaks(ruleAttributes, err.Error())
		return
	}
	// RFC 5652 section 5.4: the signature covers the SET OF, not the implicitly tagged field.
	signed := append([]byte{0x31}, si.SignedAttributes.FullBytes[1:]...)
	if err := signer.CheckSignature(algorithm, signed, si.Signature); err != nil {
		j.Breaks(ruleSignature, signer.Subject.String())
	}
}

func checkAttributes(attributes, content []byte) error {
	if len(attributes) == 0 {
		return errors.New("no signed attributes")
	}
	haveType, haveDigest := false, false
	for rest := attributes; len(rest) > 0; {
		var a cmsAttribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return errors.New("invalid attribute")
		}
		switch {
		case a.Type.Equal(oidContentType):
			var oid asn1.ObjectIdentifier
			if _, err := asn1.Unmarshal(a.Values.Bytes, &oid); err != nil || !oid.Equal(oidData) {
				return errors.New("the content-type attribute is not data")
			}
			haveType = true
		case a.Type.Equal(oidMessageDigest):
			var digest []byte
			sum := sha256.Sum256(content)
			if _, err := asn1.Unmarshal(a.Values.Bytes, &digest); err != nil || !bytes.Equal(digest, sum[:]) {
				return errors.New("the message digest does not match the content")
			}
			haveDigest = true
		}
	}
	if !haveType || !haveDigest {
		return errors.New("content type or message digest is missing")
	}
	return nil
}

// verifyChain builds the signer's chain from the embedded certificates. It reports whether the
// chain ends in one of the given roots.
func verifyChain(j *judge.Findings, signer *x509.Certificate, certs []*x509.Certificate, o judge.Options) bool {
	intermediates := x509.NewCertPool()
	for _, c := range certs {
		if judge.IsSelfSigned(c) {
			j.Breaks(ruleRootEmbedded, c.Subject.String())
			continue
		}
		if judge.Expired(c, o.Now) {
			j.Breaks(ruleSignerExpired, c.Subject.String())
		}
		if !c.Equal(signer) {
			intermediates.AddCert(c)
		}
	}
	if o.Trust != nil {
		_, err := signer.Verify(x509.VerifyOptions{
			Roots: o.Trust, Intermediates: intermediates, CurrentTime: o.Now,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		})
		if err != nil {
			j.Breaks(ruleChain, err.Error())
		}
		return err == nil
	}
	// Without roots, check only that every embedded certificate belongs to one chain.
	linked := map[*x509.Certificate]bool{signer: true}
	top := signer
	for next := issuerOf(top, certs); next != nil && !linked[next]; next = issuerOf(top, certs) {
		linked[next], top = true, next
	}
	for _, c := range certs {
		if !linked[c] && !judge.IsSelfSigned(c) {
			j.Breaks(ruleChain, c.Subject.String()+" is not in the signer's chain")
		}
	}
	j.Breaks(ruleNoTrust, top.Issuer.String())
	return false
}

func issuerOf(c *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	for _, i := range among {
		if !i.Equal(c) && bytes.Equal(c.RawIssuer, i.RawSubject) && c.CheckSignatureFrom(i) == nil {
			return i
		}
	}
	return nil
}
