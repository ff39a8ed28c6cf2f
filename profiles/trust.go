package profiles

import (
	"encoding/pem"
	"strings"
)

// privateRoot reports whether the servers have certificates of a private CA.
func (s *Settings) privateRoot() bool { return s.TrustAnchor != "" }

// anchor returns the DER of the private root, or nil.
func (s *Settings) anchor() []byte { return certificateDER(s.TrustAnchor) }

// roots returns the DER of every root that a document may name: the private
// one, or the public ones that the tenant names.
func (s *Settings) roots() [][]byte {
	if s.privateRoot() {
		return [][]byte{s.anchor()}
	}
	return certificatesDER(s.PublicRoots)
}

func certificatesDER(texts []string) [][]byte {
	var all [][]byte
	for _, text := range texts {
		all = append(all, certificateDER(text))
	}
	return all
}

// certificateDER returns the DER of the one certificate in PEM text, or nil if
// there is none or more than one.
func certificateDER(text string) []byte {
	var der []byte
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" && block.Type != "X509 CERTIFICATE" {
			continue
		}
		if der != nil {
			return nil
		}
		der = block.Bytes
	}
	return der
}

// suffixNames returns the trusted server names without wildcards, for platforms
// that match by suffix.
func (s *Settings) suffixNames() []string {
	names := make([]string, len(s.TrustedServerNames))
	for i, n := range s.TrustedServerNames {
		names[i] = strings.TrimPrefix(n, "*.")
	}
	return names
}
