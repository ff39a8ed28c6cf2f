package signing

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"

	"go.mozilla.org/pkcs7"
)

// Sign returns a CMS SignedData in DER (RFC 5652) that contains the document
// unchanged, a SHA-256 digest, the signed attributes content type, message
// digest and signing time, and the chain without the root. The signature
// algorithm follows the key: RSA PKCS #1 v1.5 or ECDSA.
//
// The following command verifies the result and prints the document:
//
//	openssl cms -verify -inform DER -purpose any -CAfile root.pem -in signed
func (s *Signer) Sign(document []byte) ([]byte, error) {
	signed, err := s.signedData(document)
	if err != nil {
		return nil, err
	}
	info, err := asn1.Marshal(signed.GetSignedData().SignerInfos[0])
	if err != nil {
		return nil, fmt.Errorf("signing: encode the signature: %w", err)
	}
	return s.envelope(document, info), nil
}

// signedData returns the document's signature. It sets SHA-256 because the
// library's default is SHA-1, and adds only the leaf because AddSignerChain
// would verify the chain for each document.
func (s *Signer) signedData(document []byte) (*pkcs7.SignedData, error) {
	signed, err := pkcs7.NewSignedData(document)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := signed.AddSigner(s.chain[0], s.key, pkcs7.SignerInfoConfig{}); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	return signed, nil
}

// envelope encodes document, certificates and signature. The result equals that
// of [pkcs7.SignedData.Finish] byte for byte. Finish copies the document and the
// certificates five times, which takes as long as an ECDSA signature; envelope
// computes all lengths first and writes each byte once. The structure is
//
//	ContentInfo ::= SEQUENCE { signedData, [0] SignedData }
//	SignedData  ::= SEQUENCE { 1, SET { SHA-256 }, content,
//	                           [0] certificates, SET { SignerInfo } }
//	content     ::= SEQUENCE { data, [0] OCTET STRING }
func (s *Signer) envelope(document, signerInfo []byte) []byte {
	octets := sizeOf(len(document))
	content := len(oidData) + sizeOf(octets)
	signerInfos := sizeOf(len(signerInfo))
	signedData := len(versionAndDigest) + sizeOf(content) + len(s.embedded) + signerInfos
	contentInfo := len(oidSignedData) + sizeOf(sizeOf(signedData))

	out := make([]byte, 0, sizeOf(contentInfo))
	out = appendHeader(out, tagSequence, contentInfo)
	out = append(out, oidSignedData...)
	out = appendHeader(out, tagExplicit0, sizeOf(signedData))
	out = appendHeader(out, tagSequence, signedData)
	out = append(out, versionAndDigest...)
	out = appendHeader(out, tagSequence, content)
	out = append(out, oidData...)
	out = appendHeader(out, tagExplicit0, octets)
	out = appendHeader(out, tagOctets, len(document))
	out = append(out, document...)
	out = append(out, s.embedded...)
	out = appendHeader(out, tagSet, len(signerInfo))
	return append(out, signerInfo...)
}

// embeddedCertificates returns the [0] IMPLICIT SET OF certificates.
func embeddedCertificates(chain []*x509.Certificate) []byte {
	var all []byte
	for _, c := range chain {
		all = append(all, c.Raw...)
	}
	return append(appendHeader(nil, tagExplicit0, len(all)), all...)
}

const (
	tagOctets    = 0x04
	tagSequence  = 0x30
	tagSet       = 0x31
	tagExplicit0 = 0xa0
)

var (
	oidData          = mustMarshal(pkcs7.OIDData)
	oidSignedData    = mustMarshal(pkcs7.OIDSignedData)
	versionAndDigest = append(mustMarshal(1), digestAlgorithms()...)
)

// digestAlgorithms returns SET { SEQUENCE { SHA-256 } }.
func digestAlgorithms() []byte {
	oid := mustMarshal(pkcs7.OIDDigestAlgorithmSHA256)
	algorithm := append(appendHeader(nil, tagSequence, len(oid)), oid...)
	return append(appendHeader(nil, tagSet, len(algorithm)), algorithm...)
}

// mustMarshal encodes a constant; it panics on an error.
func mustMarshal(constant any) []byte {
	der, err := asn1.Marshal(constant)
	if err != nil {
		panic(err)
	}
	return der
}

// sizeOf returns the size in bytes of a DER element with n bytes of content.
func sizeOf(n int) int { return 2 + lengthBytes(n) + n }

// lengthBytes returns the number of bytes after the first byte of a DER length.
func lengthBytes(n int) int {
	if n < 0x80 {
		return 0
	}
	count := 0
	for ; n > 0; n >>= 8 {
		count++
	}
	return count
}

// appendHeader appends the tag and the length of a DER element (X.690, 8.1.3 and 10.1).
func appendHeader(out []byte, tag byte, n int) []byte {
	count := lengthBytes(n)
	if count == 0 {
		return append(out, tag, byte(n))
	}
	out = append(out, tag, 0x80|byte(count))
	for i := count - 1; i >= 0; i-- {
		out = append(out, byte(n>>(8*i)))
	}
	return out
}
