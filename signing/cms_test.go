package signing

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mozilla.org/pkcs7"

	"onramp/onboarding/testkit/process"
)

var document = []byte("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<plist version=\"1.0\"><dict/></plist>\n")

func keys(t testing.TB) map[string]crypto.Signer {
	return map[string]crypto.Signer{
		"RSA-2048": rsaKey(), "P-256": ecKey(t, elliptic.P256()), "P-384": ecKey(t, elliptic.P384()),
	}
}

func TestSignIsAcceptedByOpenSSL(t *testing.T) {
	openssl := process.Require(t, "openssl")
	for name, key := range keys(t) {
		for _, intermediates := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s with %d intermediates", name, intermediates), func(t *testing.T) {
				root, chain := issued(t, key, intermediates)
				signed, err := newSigner(t, key, chain).Sign(document)
				if err != nil {
					t.Fatal(err)
				}
				verify := verifyCMS(pemFile(t, root), "-binary")
				got, err := command(t, signed, openssl, verify...)
				if err != nil || !bytes.Equal(got, document) {
					t.Errorf("%v, document %q", err, got)
				}

				// Verification fails for a changed document and for a root of the same name.
				changed := bytes.Replace(signed, []byte("<dict/>"), []byte("<dicT/>"), 1)
				if bytes.Equal(changed, signed) {
					t.Fatal("the document is not inside as it is")
				}
				if _, err := command(t, changed, openssl, verify...); err == nil {
					t.Error("a changed document verifies")
				}
				other := verifyCMS(pemFile(t, forged(t, root)))
				if _, err := command(t, signed, openssl, other...); err == nil {
					t.Error("verifies under another root of the same name")
				}

				text, err := command(t, signed, openssl, "cms", "-cmsout", "-print", "-noout", "-inform", "DER")
				if err != nil {
					t.Fatal(err)
				}
				for _, want := range []string{"algorithm: sha256 ", "contentType ", "messageDigest ", "signingTime "} {
					if !strings.Contains(string(text), want) {
						t.Errorf("no %q in what openssl prints:\n%s", want, text)
					}
				}
				if strings.Contains(string(text), "algorithm: sha1") {
					t.Error("SHA-1 is still there")
				}
			})
		}
	}
}

func TestSignEmbedsTheChainWithoutTheRoot(t *testing.T) {
	for name, key := range keys(t) {
		root, chain := issued(t, key, 2)
		signed, err := newSigner(t, key, append(chain[:3:3], root)).Sign(document)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := pkcs7.Parse(signed)
		if err != nil {
			t.Fatal(err)
		}
		if len(parsed.Certificates) != 3 {
			t.Fatalf("%s: %d certificates, want the leaf and two intermediates", name, len(parsed.Certificates))
		}
		for i, c := range parsed.Certificates {
			if !c.Equal(chain[i]) {
				t.Errorf("%s: certificate %d is %s", name, i, c.Subject)
			}
		}
		sha256 := pkcs7.OIDDigestAlgorithmSHA256
		if len(parsed.Signers) != 1 || !parsed.Signers[0].DigestAlgorithm.Algorithm.Equal(sha256) {
			t.Errorf("%s: digest %v", name, parsed.Signers[0].DigestAlgorithm)
		}
		if !bytes.Equal(parsed.Content, document) {
			t.Errorf("%s: content %q", name, parsed.Content)
		}
		roots := x509.NewCertPool()
		roots.AddCert(root)
		if err := parsed.VerifyWithChain(roots); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEnvelopeEqualsTheLibrary compares our encoder with the library's, byte for byte, for
// lengths on both sides of each change of DER's length form.
func TestEnvelopeEqualsTheLibrary(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	for _, intermediates := range []int{0, 2} {
		_, chain := issued(t, key, intermediates)
		s := newSigner(t, key, chain)
		sizes := []int{0, 1, 100, 124, 125, 126, 127, 128, 129, 250, 255, 256, 257, 6000, 65535, 65536, 1 << 20}
		for _, size := range sizes {
			document := bytes.Repeat([]byte{'x'}, size)
			signed, err := s.signedData(document)
			if err != nil {
				t.Fatal(err)
			}
			info, err := asn1.Marshal(signed.GetSignedData().SignerInfos[0])
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range chain[1:] {
				signed.AddCertificate(c)
			}
			want, err := signed.Finish()
			if err != nil {
				t.Fatal(err)
			}
			if got := s.envelope(document, info); !bytes.Equal(got, want) {
				t.Errorf("%d bytes of document, %d intermediates: differs from the library", size, intermediates)
			} else if cap(got) != len(got) {
				t.Errorf("%d bytes of document: %d reserved for %d", size, cap(got), len(got))
			}
		}
	}
}

func TestSigningTimeIsNow(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	_, chain := issued(t, key, 1)
	signed, err := newSigner(t, key, chain).Sign(document)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := pkcs7.Parse(signed)
	if err != nil {
		t.Fatal(err)
	}
	var at time.Time
	if err := parsed.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &at); err != nil {
		t.Fatal(err)
	}
	if off := time.Since(at); off < -time.Minute || off > time.Minute {
		t.Errorf("signing time %v", at)
	}
}

func TestNewRefuses(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	root, chain := issued(t, key, 2)
	_, strangers := issued(t, key, 2)
	p521 := ecKey(t, elliptic.P521())
	_, chain521 := issued(t, p521, 1)
	for _, test := range []struct {
		name  string
		key   crypto.Signer
		chain []*x509.Certificate
		want  string
	}{
		{"no chain", key, nil, "no certificate"},
		{"no key", nil, chain, "no private key"},
		{"another key", ecKey(t, elliptic.P256()), chain, "does not belong"},
		{"another kind of key", rsaKey(), chain, "does not belong"},
		{"P-521", p521, chain521, "use P-256 or P-384"},
		{"key outside memory", elsewhere{key}, chain, "key in memory"},
		{"intermediate missing", key, []*x509.Certificate{chain[0], chain[2]}, "was not issued by"},
		{"out of order", key, []*x509.Certificate{chain[0], chain[2], chain[1]}, "was not issued by"},
		{"another CA of the same name", key, []*x509.Certificate{chain[0], forged(t, chain[1])}, "was not issued by"},
		{"root of another CA", key, []*x509.Certificate{chain[0], chain[1], strangers[1], root}, "was not issued by"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := New(test.key, test.chain)
			if err == nil || s != nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q does not contain %q", err, test.want)
			}
		})
	}
}

// elsewhere is a signer without access to its private key, like one in an HSM.
type elsewhere struct{ crypto.Signer }

// forged returns a CA certificate with the name of another and a different key.
func forged(t *testing.T, of *x509.Certificate) *x509.Certificate {
	key := ecKey(t, elliptic.P256())
	return certificate(t, of.Subject.CommonName, key.Public(), nil, key, true)
}

func TestNewKeepsItsOwnChain(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	_, chain := issued(t, key, 1)
	s := newSigner(t, key, chain)
	leaf := chain[0]
	chain[0] = nil
	if s.Chain()[0] != leaf {
		t.Error("the caller's slice is the signer's")
	}
}

func TestLive(t *testing.T) {
	var live Live
	if _, err := live.Sign(document); !errors.Is(err, ErrNoSigner) {
		t.Errorf("got %v", err)
	}
	if _, err := live.SignXML(document); !errors.Is(err, ErrNoSigner) {
		t.Errorf("got %v", err)
	}
	ec := ecKey(t, elliptic.P256())
	_, rsaChain := issued(t, rsaKey(), 1)
	_, ecChain := issued(t, ec, 2)
	signers := []*Signer{newSigner(t, rsaKey(), rsaChain), newSigner(t, ec, ecChain)}
	live.Replace(signers[0])
	if live.Signer() != signers[0] {
		t.Error("another signer")
	}

	// While the signer is replaced, each signature uses the key and the certificate of the same
	// signer.
	stop := make(chan struct{})
	var replacing, signing sync.WaitGroup
	replacing.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				live.Replace(signers[i%2])
			}
		}
	})
	for worker := range 4 {
		signing.Go(func() {
			for i := range 25 {
				content := fmt.Appendf(nil, "<a>%d.%d</a>", worker, i)
				signed, err := live.Sign(content)
				if err != nil {
					t.Error(err)
					return
				}
				parsed, err := pkcs7.Parse(signed)
				if err != nil {
					t.Error(err)
					return
				}
				if err := parsed.Verify(); err != nil || !bytes.Equal(parsed.Content, content) {
					t.Errorf("%v, content %q", err, parsed.Content)
				}
				if _, err := live.SignXML(content); err != nil && !errors.Is(err, ErrNeedsRSA) {
					t.Error(err)
				}
			}
		})
	}
	signing.Wait()
	close(stop)
	replacing.Wait()
}

func FuzzSign(f *testing.F) {
	key := ecKey(f, elliptic.P256())
	_, chain := issued(f, key, 1)
	s := newSigner(f, key, chain)
	f.Add([]byte{})
	f.Add(document)
	f.Add(bytes.Repeat([]byte{0x30, 0x80}, 80))
	f.Fuzz(func(t *testing.T, document []byte) {
		signed, err := s.Sign(document)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := pkcs7.Parse(signed)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(parsed.Content, document) {
			t.Fatalf("got %x back for %x", parsed.Content, document)
		}
		if err := parsed.Verify(); err != nil {
			t.Fatal(err)
		}
	})
}
