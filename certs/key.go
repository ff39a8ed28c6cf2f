package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
)

// parseKey returns the private key of a PEM file, which must have exactly one.
// Errors never contain parts of the key.
func parseKey(file string, data []byte) (crypto.Signer, error) {
	blocks, err := parseBlocks(file, data)
	if err != nil {
		return nil, err
	}
	var key crypto.Signer
	var others []string
	for _, block := range blocks {
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			others = append(others, block.Type) // EC PARAMETERS, certificates of a combined file
			continue
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
			return nil, refuse(KeyEncrypted, file, "the private key is encrypted: decrypt it with `openssl pkey`")
		}
		if key != nil {
			return nil, refuse(SeveralKeys, file, "the file holds more than one private key")
		}
		if key, err = parseKeyBlock(file, block); err != nil {
			return nil, err
		}
	}
	if key == nil {
		return nil, refuse(NoKey, file, "the file holds no private key, only %s", list(others))
	}
	return key, nil
}

func parseKeyBlock(file string, block *pem.Block) (crypto.Signer, error) {
	var parsed any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		parsed, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, refuse(KeyUnsupported, file, "private keys of type %s are not supported: use RSA or ECDSA",
			list([]string{block.Type}))
	}
	if err != nil {
		// The parser's error is left out: it could contain parts of the key.
		return nil, refuse(BadKey, file, "the private key cannot be parsed")
	}
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		return key, nil
	case *ecdsa.PrivateKey:
		return key, nil
	}
	return nil, refuse(KeyUnsupported, file, "private keys of type %T are not supported: use RSA or ECDSA", parsed)
}

// EncodeKey returns the private key as PEM, in PKCS #8.
func EncodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
