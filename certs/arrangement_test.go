package certs

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// TestFoundC8 loads certificate files with the additional certificates that certificate
// authorities, tools and people add to a chain.
func TestFoundC8(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	h := newHierarchy(t, key, 2)
	leaf, near, far, root := h.leaf.cert, h.intermediates[0].cert, h.intermediates[1].cert, h.root.cert
	now := time.Now()
	past := valid(now.AddDate(-3, 0, 0), now.AddDate(0, 0, -1))
	rival := newHierarchy(t, key, 1)
	// The root's name and key in a certificate of an older root. Both have expired.
	oldRoot := newEntity(t, "old root", ecKey(t, elliptic.P256()), nil, true, past)
	cross := crossSigned(t, h.root, oldRoot, past)
	twin := newEntity(t, "leaf", key, h.intermediates[0], false, past).cert
	const notPart = "not part of the chain"
	for _, test := range []struct {
		name  string
		file  []*x509.Certificate
		want  string
		alone bool // the root is not in the file
	}{
		{"expired cross-signed root", bundle{leaf, near, far, cross}, "expired on", true},
		{"expired cross-signed root and its issuer", bundle{leaf, near, far, cross, oldRoot.cert}, "old root", true},
		{"expired cross-signed root first", bundle{leaf, cross, near, far, root}, "expired on", false},
		{"wrong order", bundle{leaf, far, near}, "out of order", true},
		{"leaf last", bundle{near, far, leaf}, "out of order", true},
		{"root first", bundle{root, far, near, leaf}, "out of order", false},
		{"the leaf twice", bundle{leaf, leaf, near, far}, "second time", true},
		{"an unrelated intermediate", bundle{leaf, near, far, rival.intermediates[0].cert}, notPart, true},
		{"an unrelated chain after the complete one",
			bundle{leaf, near, far, root, rival.intermediates[0].cert, rival.root.cert}, notPart, false},
		{"the leaf before its renewal", bundle{twin, leaf, near, far}, "expired on", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			certFile, keyFile := writePair(t, t.TempDir(), key, test.file...)
			p, err := LoadPair(certFile, keyFile)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.CheckChain(now, ForSigning); err != nil {
				t.Error(err)
			}
			complete := slices.EqualFunc(p.Chain, bundle{leaf, near, far}, (*x509.Certificate).Equal)
			if !complete || (p.Root == nil) != test.alone {
				t.Errorf("the chain is %v, root %v", names(p.Chain), p.Root != nil)
			}
			if !strings.Contains(p.Warning, test.want) || !strings.Contains(p.Warning, certFile) {
				t.Errorf("the warning is %q", p.Warning)
			}
		})
	}
	t.Run("nothing superfluous", func(t *testing.T) {
		if p := pairOf(t, key, leaf, near, far, root); p.Warning != "" {
			t.Error(p.Warning)
		}
	})
}

func names(chain []*x509.Certificate) (all []string) {
	for _, c := range chain {
		all = append(all, nameOf(c))
	}
	return all
}

// crossSigned returns a certificate for the CA's name and key that another CA issued.
func crossSigned(t *testing.T, ca, by *entity, changes ...change) *x509.Certificate {
	t.Helper()
	return newEntity(t, ca.cert.Subject.CommonName, ca.key, by, true, changes...).cert
}

// encodings returns a text in the encodings that other systems write.
func encodings(text []byte) map[string][]byte {
	crlf := []byte(strings.ReplaceAll(string(text), "\n", "\r\n"))
	utf16Of := func(order binary.AppendByteOrder) []byte {
		out := order.AppendUint16(nil, 0xfeff)
		for _, unit := range utf16.Encode([]rune(string(crlf))) {
			out = order.AppendUint16(out, unit)
		}
		return out
	}
	return map[string][]byte{
		"byte order mark": append([]byte("\xef\xbb\xbf"), text...), "CRLF": crlf,
		"trailing blanks": append(slices.Clone(text), " \t\r\n\r\n "...),
		"UTF-16LE":        utf16Of(binary.LittleEndian), "UTF-16BE": utf16Of(binary.BigEndian),
	}
}

func TestFoundC1Certificates(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	h := newHierarchy(t, key, 1)
	keys, roots := encodings(pemKey(t, key)), encodings(pemOf(h.root.cert))
	for name, chain := range encodings(pemOf(h.chain()...)) {
		dir := t.TempDir()
		p, err := LoadPair(write(t, dir+"/cert.pem", chain), write(t, dir+"/key.pem", keys[name]))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := p.CheckChain(time.Now(), ForSigning); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ParseAnchor(roots[name], time.Now()); err != nil {
			t.Errorf("%s: anchor: %v", name, err)
		}
		if all, err := LoadCertificates(write(t, dir+"/root.pem", roots[name])); err != nil || len(all) != 1 {
			t.Errorf("%s: roots: %v", name, err)
		}
	}
	if _, err := ParseAnchor(pemOf(h.root.cert, h.root.cert), time.Now()); err != nil {
		t.Errorf("the same root twice: %v", err)
	}
}
