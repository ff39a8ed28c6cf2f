package certs

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"strings"
	"testing"
	"time"
)

func pairOf(t *testing.T, key crypto.Signer, chain ...*x509.Certificate) *Pair {
	t.Helper()
	p, err := LoadPair(writePair(t, t.TempDir(), key, chain...))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCheckChainAccepts(t *testing.T) {
	p256, p384 := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P384())
	for name, key := range map[string]crypto.Signer{"RSA-2048": rsaKeys[0](), "P-256": p256, "P-384": p384} {
		for _, intermediates := range []int{1, 2} {
			h := newHierarchy(t, key, intermediates)
			p := pairOf(t, key, h.chain()...)
			if err := p.CheckChain(today, ForSigning); err != nil {
				t.Errorf("%s with %d intermediates: %v", name, intermediates, err)
			}
			if err := p.CheckChain(today, ForSigning, h.root.cert); err != nil {
				t.Errorf("%s with %d intermediates and the root: %v", name, intermediates, err)
			}
			if p.VerifiedBySystem(today) {
				t.Errorf("%s: a private root is trusted by this machine", name)
			}
		}
	}
	// A root that issues signers itself: the root in the file proves that the chain is complete.
	h := newHierarchy(t, p256, 0)
	if err := pairOf(t, p256, h.leaf.cert, h.root.cert).CheckChain(today, ForSigning); err != nil {
		t.Error(err)
	}
	if err := pairOf(t, p256, h.leaf.cert).CheckChain(today, ForSigning, h.root.cert); err != nil {
		t.Error(err)
	}
	// A server certificate may be self-signed or have no intermediate.
	self := newEntity(t, "self", p256, nil, false)
	if err := pairOf(t, p256, self.cert).CheckChain(today, ForServer); err != nil {
		t.Error(err)
	}
	if err := pairOf(t, p256, h.leaf.cert).CheckChain(today, ForServer); err != nil {
		t.Error(err)
	}
}

func TestCheckChainRefuses(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	two := newHierarchy(t, key, 2)
	leaf, near, far, root := two.leaf.cert, two.intermediates[0].cert, two.intermediates[1].cert, two.root.cert
	past := valid(today.AddDate(-2, 0, 0), today.Add(-time.Second))
	future := valid(today.Add(time.Second), today.AddDate(1, 0, 0))
	stranger := newHierarchy(t, key, 1)

	expiredIssuer := newEntity(t, "old", ecKey(t, elliptic.P256()), two.root, true, past)
	noCA := newEntity(t, "no CA", ecKey(t, elliptic.P256()), two.root, false, usage(x509.KeyUsageCertSign))
	noSigning := newEntity(t, "no signing", ecKey(t, elliptic.P256()), two.root, true, usage(x509.KeyUsageCRLSign))
	short := newEntity(t, "no CA below", ecKey(t, elliptic.P256()), two.root, true,
		func(c *x509.Certificate) { c.MaxPathLenZero = true })
	belowShort := newEntity(t, "below", ecKey(t, elliptic.P256()), short, true)
	narrow := newEntity(t, "narrow", ecKey(t, elliptic.P256()), two.root, true, func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"example.org"}
	})
	// The same name and another key, like a renewed CA of an old leaf.
	impostor := newEntity(t, "intermediate B", ecKey(t, elliptic.P256()), two.root, true)
	weakCAKey := newEntity(t, "weak", mustRSA(1024), two.root, true)
	by := func(issuer *entity, changes ...change) *x509.Certificate {
		return newEntity(t, "leaf", key, issuer, false, changes...).cert
	}
	one := two.intermediates[0]

	for _, test := range []struct {
		name  string
		use   Use
		chain []*x509.Certificate
		roots []*x509.Certificate
		rule  Rule
		want  string
	}{
		{"leaf alone", ForSigning, bundle{leaf}, nil, ChainMissing, `"intermediate B"`},
		{"leaf alone, root given", ForSigning, bundle{leaf}, bundle{root}, ChainUnproven, "given root"},
		{"second intermediate missing, root given",
			ForSigning, bundle{leaf, near}, bundle{root}, ChainUnproven, "given root"},
		{"second intermediate missing, root in the file",
			ForSigning, bundle{leaf, near, root}, nil, ChainBroken, `"intermediate A"`},
		{"first intermediate missing", ForSigning, bundle{leaf, far}, nil, ChainBroken, `"intermediate B"`},
		{"chain of another CA",
			ForSigning, bundle{leaf, stranger.intermediates[0].cert}, nil, ChainBroken, `"intermediate B"`},
		{"root of another CA in the file",
			ForSigning, bundle{leaf, near, far, stranger.root.cert}, nil, ChainBroken, `"root"`},
		{"root of another CA given",
			ForSigning, bundle{leaf, near, far}, bundle{stranger.root.cert}, ChainUnproven, "given root"},
		{"the issuer's name with another key", ForSigning, bundle{leaf, impostor.cert, far}, nil, ChainBroken, ""},
		{"self-signed", ForSigning, bundle{newEntity(t, "self", key, nil, false).cert}, nil, SelfSigned, `"self"`},
		{"signed by a CA's own certificate",
			ForSigning, bundle{newEntity(t, "ca", key, one, true).cert, near, far}, nil, KeyUsage, "is a CA"},
		{"leaf expired",
			ForSigning, bundle{by(one, past), near, far}, nil, Expired, `"leaf" expired on 2026-11-22 11:59 UTC`},
		{"leaf not yet valid", ForSigning, bundle{by(one, future), near, far}, nil, NotYetValid, `"leaf"`},
		{"intermediate expired", ForSigning, bundle{by(expiredIssuer), expiredIssuer.cert}, nil, Expired, `"old"`},
		{"issuer is no CA", ForSigning, bundle{by(noCA), noCA.cert}, nil, NotCA, `"no CA"`},
		{"issuer must not sign",
			ForSigning, bundle{by(noSigning), noSigning.cert}, nil, KeyUsage, "signing certificates"},
		{"path length",
			ForSigning, bundle{by(belowShort), belowShort.cert, short.cert}, nil, ChainBroken, "0 intermediates"},
		{"weak CA", ForSigning, bundle{by(weakCAKey), weakCAKey.cert}, nil, KeyWeak, "1024 bits"},
		{"leaf must not sign", ForSigning,
			bundle{by(one, usage(x509.KeyUsageKeyAgreement)), near, far}, nil, KeyUsage, "digital signature"},
		{"no server", ForServer, bundle{by(one, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}), near, far}, nil, KeyUsage, "server authentication"},
		{"name constraints", ForServer, bundle{by(narrow, func(c *x509.Certificate) {
			c.DNSNames = []string{"radius.example.com"}
		}), narrow.cert}, nil, ChainBroken, "does not verify"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := pairOf(t, key, test.chain...)
			err := p.CheckChain(today, test.use, test.roots...)
			e := wantRule(t, err, test.rule)
			if e.File != p.CertFile || !strings.Contains(e.Detail, test.want) {
				t.Errorf("%q does not name %s or contain %q", err, p.CertFile, test.want)
			}
		})
	}
}

func TestCheckChainRefusesKeys(t *testing.T) {
	weak := mustRSA(1024)
	h := newHierarchy(t, weak, 1)
	wantRule(t, pairOf(t, weak, h.chain()...).CheckChain(today, ForSigning), KeyWeak)
	p521 := ecKey(t, elliptic.P521())
	h = newHierarchy(t, p521, 1)
	wantRule(t, pairOf(t, p521, h.chain()...).CheckChain(today, ForSigning), KeyUnsupported)
	wantRule(t, (&Pair{}).CheckChain(today, ForSigning), NoCertificate)
}

// A certificate is valid at the time of its notAfter (RFC 5280, 4.1.2.5).
func TestCheckChainAtTheEdgesOfValidity(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	from, to := today.AddDate(0, 0, -10), today.AddDate(0, 0, 10)
	h := newHierarchy(t, key, 1, valid(from, to))
	p := pairOf(t, key, h.chain()...)
	for _, test := range []struct {
		at   time.Time
		rule Rule
	}{
		{from, ""}, {to, ""}, {from.Add(-time.Second), NotYetValid}, {to.Add(time.Second), Expired},
	} {
		err := p.CheckChain(test.at, ForSigning)
		if test.rule == "" && err != nil {
			t.Errorf("at %v: %v", test.at, err)
		} else if test.rule != "" {
			wantRule(t, err, test.rule)
		}
	}
}
