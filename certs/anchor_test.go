package certs

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
)

func TestParseAnchorAccepts(t *testing.T) {
	for name, key := range map[string]crypto.Signer{
		"RSA-2048": rsaKeys[0](), "P-256": ecKey(t, elliptic.P256()), "P-384": ecKey(t, elliptic.P384()),
	} {
		root := newEntity(t, "private root", key, nil, true).cert
		for form, data := range map[string][]byte{
			"PEM":             pemOf(root),
			"DER":             root.Raw,
			"PEM after text":  append([]byte("Certificate:\n    Data:\n"), pemOf(root)...),
			"PEM without end": bytes.TrimSpace(pemOf(root)),
			"PEM from Windows": append([]byte("\xef\xbb\xbf"),
				bytes.ReplaceAll(pemOf(root), []byte("\n"), []byte("\r\n"))...),
		} {
			got, err := ParseAnchor(data, today)
			if err != nil {
				t.Errorf("%s, %s: %v", name, form, err)
			} else if !got.Equal(root) {
				t.Errorf("%s, %s: another certificate", name, form)
			}
		}
	}
	noUsage := newEntity(t, "old root", rsaKeys[0](), nil, true, usage(0)).cert
	if _, err := ParseAnchor(noUsage.Raw, today); err != nil {
		t.Errorf("a root without key usage: %v", err)
	}
}

func TestParseAnchorRefuses(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	root := newEntity(t, "root", key, nil, true)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der := func(e *entity) []byte { return e.cert.Raw }
	other := newEntity(t, "other root", ecKey(t, elliptic.P256()), nil, true)
	// Names itself as its issuer, but is signed with another key.
	liar := newEntity(t, "root", ecKey(t, elliptic.P256()), root, true)

	for _, test := range []struct {
		name string
		data []byte
		rule Rule
	}{
		{"nothing", nil, NoCertificate},
		{"text", []byte("our root CA"), NoCertificate},
		{"base64 without PEM", []byte("MIIBIjANBgkqhkiG9w0BAQ"), NoCertificate},
		{"garbage DER", []byte{0x30, 0x03, 1, 2, 3}, BadCertificate},
		{"DER with a byte more", append(append([]byte{}, root.cert.Raw...), 0), BadCertificate},
		{"PEM cut off", pemOf(root.cert)[:90], NotPEM},
		{"PEM that cannot be parsed",
			pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}}), BadCertificate},
		{"a request", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte{1}}), NoCertificate},
		{"a bundle", pemOf(root.cert, other.cert), SeveralCertificates},
		{"a DER bundle", append(append([]byte{}, root.cert.Raw...), other.cert.Raw...), SeveralCertificates},
		{"an empty block", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE"}), SeveralCertificates},
		{"with its private key", append(pemOf(root.cert), pemKey(t, key)...), KeyInAnchor},
		{"a leaf", der(newEntity(t, "leaf", key, root, false)), NotCA},
		{"a self-signed leaf", der(newEntity(t, "self", key, nil, false)), NotCA},
		{"an intermediate", der(newEntity(t, "intermediate", ecKey(t, elliptic.P256()), root, true)), NotRoot},
		{"a forged root", der(liar), NotRoot},
		{"a CA that may not issue",
			der(newEntity(t, "root", key, nil, true, usage(x509.KeyUsageDigitalSignature))), KeyUsage},
		{"expired",
			der(newEntity(t, "root", key, nil, true,
				valid(today.AddDate(-9, 0, 0), today.AddDate(0, 0, -1)))), Expired},
		{"not yet valid",
			der(newEntity(t, "root", key, nil, true,
				valid(today.AddDate(0, 0, 1), today.AddDate(9, 0, 0)))), NotYetValid},
		{"RSA-1024", der(newEntity(t, "root", mustRSA(1024), nil, true)), KeyWeak},
		{"Ed25519", der(newEntity(t, "root", edKey, nil, true)), KeyUnsupported},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := ParseAnchor(test.data, today)
			if c != nil {
				t.Error("a certificate together with the error")
			}
			if e := wantRule(t, err, test.rule); e.File != "" || e.Detail == "" {
				t.Errorf("%#v", e)
			}
		})
	}
}

// Verifiers ignore a root's own signature, so SHA-1 is accepted there. On an issued certificate it
// is rejected, as devices do.
func TestSHA1IsTakenOnARootOnly(t *testing.T) {
	sha1 := func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }
	root := newEntity(t, "old root", rsaKeys[0](), nil, true, sha1)
	if _, err := ParseAnchor(root.cert.Raw, today); err != nil {
		t.Error(err)
	}
	impostor := newEntity(t, "old root", rsaKeys[1](), root, true, sha1)
	_, err := ParseAnchor(impostor.cert.Raw, today)
	wantRule(t, err, NotRoot)

	leaf := newEntity(t, "leaf", rsaKeys[1](), root, false, sha1)
	p := pairOf(t, rsaKeys[1](), leaf.cert, root.cert)
	wantRule(t, p.CheckChain(today, ForSigning), WeakSignature)
	strong := newEntity(t, "leaf", rsaKeys[1](), root, false)
	if err := pairOf(t, rsaKeys[1](), strong.cert, root.cert).CheckChain(today, ForSigning); err != nil {
		t.Error(err)
	}
}

// Error texts name a certificate without a common name by another property.
func TestMessagesNameCertificates(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	root := newEntity(t, "root", key, nil, true)
	for want, change := range map[string]change{
		`"Example GmbH"`: func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: "Example GmbH"} },
		`"a.example"`:    func(c *x509.Certificate) { c.Subject, c.DNSNames = pkix.Name{}, []string{"a.example"} },
		`"O=Example"`:    func(c *x509.Certificate) { c.Subject = pkix.Name{Organization: []string{"Example"}} },
		"serial number 2a": func(c *x509.Certificate) {
			c.Subject, c.SerialNumber = pkix.Name{}, big.NewInt(42)
		},
	} {
		_, err := ParseAnchor(newEntity(t, "", key, root, false, change).cert.Raw, today)
		if e := wantRule(t, err, NotCA); !strings.Contains(e.Detail, want) {
			t.Errorf("%q does not name %s", e.Detail, want)
		}
	}
}

func FuzzParseAnchor(f *testing.F) {
	root := newEntity(f, "root", ecKey(f, elliptic.P256()), nil, true)
	f.Add(root.cert.Raw)
	f.Add(pemOf(root.cert))
	f.Add(pemOf(root.cert, root.cert))
	f.Add(newEntity(f, "leaf", ecKey(f, elliptic.P256()), root, false).cert.Raw)
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseAnchor(data, today)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Rule == "" || e.Detail == "" || c != nil {
				t.Fatalf("%v, %#v", c, err)
			}
			return
		}
		if !c.IsCA || !bytes.Equal(c.RawSubject, c.RawIssuer) || today.After(c.NotAfter) {
			t.Fatalf("%v is not an anchor", c.Subject)
		}
	})
}
