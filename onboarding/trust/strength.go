package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"time"

	"onramp/profiles"
)

// minRSA is the minimum size of RSA keys on Apple devices and with OpenSSL's security level 2.
const minRSA = 2048

// maxLifetime is the maximum lifetime of a TLS server's certificate on Apple devices. Whether they
// apply it within EAP depends on their version.
const maxLifetime = 825 * 24 * time.Hour

// checkLeaf checks the key and the usages of the server's certificate.
func checkLeaf(leaf *x509.Certificate, p profiles.Platform) Verdict {
	signs := leaf.KeyUsage == 0 || leaf.KeyUsage&x509.KeyUsageDigitalSignature != 0
	switch key := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSA {
			return refuse(KeyType, WeakKey)
		}
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() && key.Curve != elliptic.P384() {
			return refuse(KeyType, OtherKey)
		}
		if !signs {
			return refuse(KeyType, Usage) // OpenSSL's server does not use it
		}
	default:
		return refuse(KeyType, OtherKey)
	}
	if !forServers(leaf) {
		return refuse(KeyType, Usage)
	}
	if apple(p) && leaf.NotAfter.Sub(leaf.NotBefore) > maxLifetime {
		return unknown(Expiry, Lifetime)
	}
	if !signs && p != profiles.Linux && p != profiles.NetworkManager {
		return unknown(KeyType, Usage) // OpenSSL accepts key encipherment alone
	}
	if len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) == 0 && p == profiles.Windows {
		return unknown(KeyType, Usage) // Microsoft's text requires server authentication
	}
	return accept()
}

// forServers reports whether a certificate permits TLS servers. One without extended key usages
// permits all.
func forServers(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageServerAuth) ||
		slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}

// checkPath checks the keys and signatures of a path, the server's certificate first. The signature
// of the last certificate is not checked, because the device has a copy of it.
func checkPath(path []*x509.Certificate) Verdict {
	for i, c := range path {
		if i < len(path)-1 && weakSignature(c) {
			return refuse(KeyType, WeakSignature)
		}
		switch key := c.PublicKey.(type) {
		case *rsa.PublicKey:
			if key.N.BitLen() < minRSA {
				return refuse(KeyType, WeakKey)
			}
		case *ecdsa.PublicKey:
		default:
			return refuse(KeyType, OtherKey)
		}
	}
	return accept()
}

// weakSignature reports whether a certificate is signed with SHA-1 or an older hash.
func weakSignature(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return true
	}
	return false
}
