package judge

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

// LoadTrust loads the roots of a PEM file for Options.Trust.
func LoadTrust(file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	found := false
	for block, rest := pem.Decode(Text(data)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%s: %s found, only certificates are allowed", file, block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		pool.AddCert(cert)
		found = true
	}
	if !found {
		return nil, fmt.Errorf("%s: no certificate found", file)
	}
	return pool, nil
}
