package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLoadPairReadsEveryKeyForm(t *testing.T) {
	block := func(kind string, der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	ec := ecKey(t, elliptic.P256())
	sec1, err := x509.MarshalECPrivateKey(ec)
	curve := []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}
	parameters := pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: curve})
	forms := map[string]struct {
		key  any
		file []byte
	}{
		"PKCS 8 RSA": {rsaKeys[0](), pemKey(t, rsaKeys[0]())},
		"PKCS 1": {rsaKeys[0](),
			block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKeys[0]()), nil)},
		"PKCS 8 EC":              {ec, pemKey(t, ec)},
		"SEC 1":                  {ec, block("EC PRIVATE KEY", sec1, err)},
		"SEC 1 after parameters": {ec, append(parameters, block("EC PRIVATE KEY", sec1, err)...)},
		"CRLF and byte order mark": {ec,
			append([]byte("\xef\xbb\xbf"), bytes.ReplaceAll(pemKey(t, ec), []byte("\n"), []byte("\r\n"))...)},
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			var h *hierarchy
			switch key := form.key.(type) {
			case *rsa.PrivateKey:
				h = newHierarchy(t, key, 1)
			case *ecdsa.PrivateKey:
				h = newHierarchy(t, key, 1)
			}
			dir := t.TempDir()
			certFile := write(t, filepath.Join(dir, "c.pem"), pemOf(h.chain()...))
			keyFile := write(t, filepath.Join(dir, "k.pem"), form.file)
			p, err := LoadPair(certFile, keyFile)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Chain) != 2 || p.Root != nil ||
				!p.Chain[0].Equal(h.leaf.cert) || !p.Chain[1].Equal(h.intermediates[0].cert) {
				t.Errorf("chain of %d, root %v", len(p.Chain), p.Root)
			}
			if err := p.CheckChain(today, ForSigning); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLoadPairTakesOneFileForBoth(t *testing.T) {
	h := newHierarchy(t, ecKey(t, elliptic.P256()), 2)
	text := []byte("subject=CN = leaf\nissuer=CN = intermediate B\n") // as openssl prints around a block
	both := bytes.Join([][]byte{text, pemOf(h.chain()...), pemKey(t, h.leaf.key)}, nil)
	file := write(t, filepath.Join(t.TempDir(), "both.pem"), both)
	p, err := LoadPair(file, file)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Chain) != 3 {
		t.Errorf("chain of %d certificates, want 3", len(p.Chain))
	}
}

func TestLoadPairSetsTheRootAside(t *testing.T) {
	h := newHierarchy(t, ecKey(t, elliptic.P384()), 1)
	certFile, keyFile := writePair(t, t.TempDir(), h.leaf.key, append(h.chain(), h.root.cert)...)
	p, err := LoadPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Chain) != 2 || p.Root == nil || !p.Root.Equal(h.root.cert) {
		t.Fatalf("chain of %d, root %v", len(p.Chain), p.Root)
	}
	if err := p.CheckChain(today, ForSigning); err != nil {
		t.Error(err)
	}
}

func TestLoadPairRefusals(t *testing.T) {
	h := newHierarchy(t, ecKey(t, elliptic.P256()), 1)
	good, goodKey := pemOf(h.chain()...), pemKey(t, h.leaf.key)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	garbage := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("not DER")})
	encrypted := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})
	oldEncrypted := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("x"),
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}})
	badKey := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("SECRET-BYTES")})
	request := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte("x")})

	for _, test := range []struct {
		name      string
		cert, key []byte
		rule      Rule
		inKeyFile bool
		want      string
	}{
		{"empty certificate file", nil, goodKey, NotPEM, false, "empty"},
		{"DER certificate", h.leaf.cert.Raw, goodKey, NotPEM, false, "DER"},
		{"text", []byte("hello\n"), goodKey, NotPEM, false, "-----BEGIN"},
		{"cut in the leaf", good[:100], goodKey, NotPEM, false, "cut off"},
		{"cut in the intermediate", good[:len(good)-40], goodKey, NotPEM, false, "cut off"},
		{"damaged certificate", garbage, goodKey, BadCertificate, false, "certificate 1"},
		{"damaged second certificate",
			append(pemOf(h.leaf.cert), garbage...), goodKey, BadCertificate, false, "certificate 2"},
		{"request for a certificate", request, goodKey, NoCertificate, false, "CERTIFICATE REQUEST"},
		{"files swapped, certificate", goodKey, goodKey, NoCertificate, false, "PRIVATE KEY"},
		{"files swapped, key", good, good, NoKey, true, "CERTIFICATE"},
		{"key cut", good, goodKey[:60], NotPEM, true, "cut off"},
		{"key encrypted", good, encrypted, KeyEncrypted, true, "encrypted"},
		{"key encrypted the old way", good, oldEncrypted, KeyEncrypted, true, "encrypted"},
		{"key damaged", good, badKey, BadKey, true, "cannot be parsed"},
		{"two keys", good, append(append([]byte{}, goodKey...), goodKey...), SeveralKeys, true, "more than one"},
		{"Ed25519", good, pemKey(t, edKey), KeyUnsupported, true, "use RSA or ECDSA"},
		{"another key", good, pemKey(t, ecKey(t, elliptic.P256())), KeyMismatch, true, `"leaf"`},
		{"another kind of key", good, pemKey(t, rsaKeys[0]()), KeyMismatch, true, `"leaf"`},
		{"too large", bytes.Repeat([]byte("a"), maxFile+1), goodKey, FileUnreadable, false, "larger"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			certFile := write(t, filepath.Join(dir, "cert.pem"), test.cert)
			keyFile := write(t, filepath.Join(dir, "key.pem"), test.key)
			_, err := LoadPair(certFile, keyFile)
			e := wantRule(t, err, test.rule)
			at := certFile
			if test.inKeyFile {
				at = keyFile
			}
			if e.File != at || !strings.HasPrefix(err.Error(), at+": ") {
				t.Errorf("%q does not begin with %s", err, at)
			}
			if !strings.Contains(e.Detail, test.want) {
				t.Errorf("%q does not contain %q", e.Detail, test.want)
			}
			if strings.Contains(err.Error(), "SECRET") || strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("unfit for a log line: %q", err)
			}
		})
	}
}

func TestLoadPairFilesThatCannotBeRead(t *testing.T) {
	h := newHierarchy(t, ecKey(t, elliptic.P256()), 1)
	dir := t.TempDir()
	certFile, keyFile := writePair(t, dir, h.leaf.key, h.chain()...)
	missing := filepath.Join(dir, "nothing.pem")

	_, err := LoadPair(missing, keyFile)
	wantRule(t, err, FileMissing)
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != missing+": the file does not exist" {
		t.Errorf("got %q", err)
	}
	_, err = LoadPair(certFile, missing)
	if e := wantRule(t, err, FileMissing); e.File != missing {
		t.Errorf("names %s", e.File)
	}
	_, err = LoadPair(dir, keyFile)
	wantRule(t, err, FileUnreadable)

	if os.Getuid() != 0 { // root can read all files
		if err := os.Chmod(keyFile, 0); err != nil {
			t.Fatal(err)
		}
		_, err = LoadPair(certFile, keyFile)
		wantRule(t, err, FileUnreadable)
	}
}

func TestDaysLeft(t *testing.T) {
	h := newHierarchy(t, ecKey(t, elliptic.P256()), 1, valid(today.AddDate(0, 0, -1), today.Add(30*24*time.Hour)))
	p := &Pair{Chain: h.chain(), Key: h.leaf.key}
	for _, test := range []struct {
		now  time.Time
		want int
	}{
		{today, 30},
		{today.Add(time.Second), 29},
		{today.AddDate(0, 0, 29), 1},
		{today.AddDate(0, 0, 29).Add(time.Minute), 0},
		{today.AddDate(0, 0, 30).Add(time.Minute), -1},
		{today.AddDate(0, 0, 31).Add(time.Minute), -2},
	} {
		if got := p.DaysLeft(test.now); got != test.want {
			t.Errorf("at %v: %d days left, want %d", test.now, got, test.want)
		}
	}
	// The intermediate, or the root in the file, may be the first to expire.
	issuer := newEntity(t, "short", ecKey(t, elliptic.P256()), nil, true,
		valid(today.AddDate(-1, 0, 0), today.AddDate(0, 0, 3)))
	leaf := newEntity(t, "leaf", ecKey(t, elliptic.P256()), issuer, false)
	if got := (&Pair{Chain: []*x509.Certificate{leaf.cert, issuer.cert}}).DaysLeft(today); got != 3 {
		t.Errorf("%d days left, want the intermediate's 3", got)
	}
	if got := (&Pair{Chain: []*x509.Certificate{leaf.cert}, Root: issuer.cert}).DaysLeft(today); got != 3 {
		t.Errorf("%d days left, want the root's 3", got)
	}
}

// For any content of the two files, the result is a pair that matches or an error that names one
// of them.
func FuzzLoadPair(f *testing.F) {
	h := newHierarchy(f, ecKey(f, elliptic.P256()), 1)
	chain, key := pemOf(append(h.chain(), h.root.cert)...), pemKey(f, h.leaf.key)
	f.Add(chain, key)
	f.Add(chain[:len(chain)/2], key)
	f.Add(append(append([]byte{}, chain...), key...), append(append([]byte{}, key...), chain...))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
		[]byte("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"))
	f.Add(h.leaf.cert.Raw, []byte{})
	f.Fuzz(func(t *testing.T, cert, key []byte) {
		p, err := parsePair("cert-file", cert, "key-file", key)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || (e.File != "cert-file" && e.File != "key-file") || e.Detail == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		if len(p.Chain) == 0 || !matches(p.Chain[0], p.Key) {
			t.Fatal("a pair that does not match")
		}
		p.DaysLeft(today)
		if err := p.CheckChain(today, ForSigning, h.root.cert); err == nil && !p.Chain[0].Equal(h.leaf.cert) {
			t.Fatal("a chain of strangers passed")
		}
	})
}
