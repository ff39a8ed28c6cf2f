package links

import (
	"onramp/profiles"
)

// Signer puts the deployment's signature on a document. Its methods are safe for concurrent use.
type Signer interface {
	// Sign returns a CMS SignedData (RFC 5652) that embeds the document and the signer's chain.
	Sign(document []byte) ([]byte, error)
	// SignXML returns the XML document with an enveloped XML-DSig signature.
	SignXML(document []byte) ([]byte, error)
	// XMLRefusal returns, in a sentence for people, why the key cannot sign an XML document; empty
	// when it can.
	XMLRefusal() string
}

// cannotSign returns why a document with that seal cannot be handed out now; empty when it can.
func (s *Links) cannotSign(seal profiles.Seal) string {
	if seal == profiles.SealXMLDSig && s.signer != nil {
		return s.signer.XMLRefusal()
	}
	return ""
}
