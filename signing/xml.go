package signing

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// Windows accepts a subset of XML Signature. Microsoft's schema for the signature
// of a provisioning file (CarrierControlSignature) requires:
//
//   - one Reference with an empty URI, which covers the whole document;
//   - exactly one Transform, enveloped-signature. A second Transform that names
//     the canonicalization, as goxmldsig and most libraries add it, makes the
//     file invalid. The default is Canonical XML 1.0;
//   - SignedInfo in Canonical XML 1.0 or its exclusive form, never 1.1;
//   - one X509Data that contains only X509Certificate elements.
//
// Therefore goxmldsig is used for canonicalization only, and this package writes
// the signature's elements itself. RFC 6931 defines the algorithm names.
const (
	xmlSignature    = "http://www.w3.org/2000/09/xmldsig#"
	xmlEnveloped    = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	xmlCanonical    = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	xmlRSASHA256    = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	xmlSHA256       = "http://www.w3.org/2001/04/xmlenc#sha256"
	xmlDeclaration  = `<?xml version="1.0" encoding="utf-8"?>` + "\n"
	signatureOpens  = `<Signature xmlns="` + xmlSignature + `">`
	signatureCloses = `</Signature>`
)

// SignXML returns the document in canonical form with an enveloped RSA-SHA256
// signature as the last child of its root element. The signature's KeyInfo holds
// the chain without the root certificate. Canonical form has no comments and
// sorted attributes.
//
// The document must be UTF-8 XML without a document type, processing instructions
// and an earlier signature. An ECDSA signer returns ErrNeedsRSA.
//
// The following command verifies the result:
//
//	xmlsec1 --verify --trusted-pem root.pem signed.xml
func (s *Signer) SignXML(document []byte) ([]byte, error) {
	key, isRSA := s.key.(*rsa.PrivateKey)
	if !isRSA {
		return nil, ErrNeedsRSA
	}
	root, err := parseXML(document)
	if err != nil {
		return nil, err
	}
	canonicalizer := dsig.MakeC14N10RecCanonicalizer()
	content, err := canonicalizer.Canonicalize(root)
	if err != nil {
		return nil, fmt.Errorf("signing: canonicalize the document: %w", err)
	}
	signedInfo, err := canonicalizer.Canonicalize(addSignedInfo(root, sha256.Sum256(content)))
	if err != nil {
		return nil, fmt.Errorf("signing: canonicalize the signature: %w", err)
	}
	digest := sha256.Sum256(signedInfo)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}

	// The output must contain exactly the bytes that were digested. Insert the
	// signature before the last end tag instead of serializing the tree again.
	end := bytes.LastIndex(content, []byte("</"))
	var out bytes.Buffer
	out.Grow(len(xmlDeclaration) + len(content) + len(signedInfo) + len(s.keyInfo) + 1024)
	out.WriteString(xmlDeclaration)
	out.Write(content[:end])
	out.WriteString(signatureOpens)
	out.Write(signedInfo)
	out.WriteString("<SignatureValue>")
	out.WriteString(base64.StdEncoding.EncodeToString(signature))
	out.WriteString("</SignatureValue>")
	out.Write(s.keyInfo)
	out.WriteString(signatureCloses)
	out.Write(content[end:])
	return out.Bytes(), nil
}

// addSignedInfo adds a SignedInfo with the document's digest to root and returns
// it. Its canonical form depends on the namespaces in scope at this place.
func addSignedInfo(root *etree.Element, digest [sha256.Size]byte) *etree.Element {
	signature := root.CreateElement("Signature")
	signature.CreateAttr("xmlns", xmlSignature)
	info := signature.CreateElement("SignedInfo")
	algorithm := func(parent *etree.Element, tag, uri string) {
		parent.CreateElement(tag).CreateAttr("Algorithm", uri)
	}
	algorithm(info, "CanonicalizationMethod", xmlCanonical)
	algorithm(info, "SignatureMethod", xmlRSASHA256)
	reference := info.CreateElement("Reference")
	reference.CreateAttr("URI", "")
	algorithm(reference.CreateElement("Transforms"), "Transform", xmlEnveloped)
	algorithm(reference, "DigestMethod", xmlSHA256)
	reference.CreateElement("DigestValue").SetText(base64.StdEncoding.EncodeToString(digest[:]))
	return info
}

// keyInfo returns the KeyInfo element, which all signatures share.
func keyInfo(chain []*x509.Certificate) []byte {
	var out bytes.Buffer
	out.WriteString("<KeyInfo><X509Data>")
	for _, c := range chain {
		out.WriteString("<X509Certificate>")
		out.WriteString(base64.StdEncoding.EncodeToString(c.Raw))
		out.WriteString("</X509Certificate>")
	}
	out.WriteString("</X509Data></KeyInfo>")
	return out.Bytes()
}
