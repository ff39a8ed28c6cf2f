package forecast_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
	"onramp/onboarding/devicesim/radio"
	"onramp/onboarding/testkit"
)

// A phone is a downloaded profile as its platform reads it. The simulated phone's judges read the
// document; no code of package trust takes part.
//
// wpa_supplicant verifies the server with ca_cert, and with domain_match or domain_suffix_match.
// Where a platform has another rule, the phone expresses it with these options:
//
//   - Apple and Windows compare label by label: domain_match; for a trusted wildcard
//     domain_suffix_match, and the names of the certificate that the supplicant received
//     afterwards.
//   - iwd's wildcard stands for one or more labels: domain_suffix_match of the rest, and a longer
//     name in the received certificate. It compares by case, which the supplicant cannot: the
//     received names must be in lower case.
//   - The geteduroam apps match exactly or, on Android, by suffix: both phones are tried.
//   - Windows rejects a wildcard in the common name: no option of the supplicant does. Its profile
//     has the thumbprints of roots in the computer's store, which has all roots of the test:
//     ca_cert holds those with a thumbprint in the document.
type phone struct {
	customer, platform string
	networks           []judge.Network
}

// newPhone reads a document. It must be one that the platform installs. roots are those in the
// store of a Windows computer.
func newPhone(t testing.TB, customer, platform string, document []byte, roots ...*testkit.Pair) *phone {
	t.Helper()
	verdict, err := platforms.Check(platform, document, judge.Options{})
	if err != nil || !verdict.Accepted {
		t.Fatalf("%s does not install its profile: %v, %+v", platform, err, verdict)
	}
	p := &phone{customer, platform, verdict.View.Networks}
	if platform == judge.Windows {
		for i := range p.networks {
			p.networks[i].Anchors = byThumbprint(document, roots)
		}
	}
	return p
}

var thumbprint = regexp.MustCompile(`<TrustedRootCA(?:Hash)?>([0-9a-f ]*)</TrustedRootCA(?:Hash)?>`)

// byThumbprint returns the roots that a Windows document names by their SHA-1.
func byThumbprint(document []byte, roots []*testkit.Pair) [][]byte {
	var found [][]byte
	for _, m := range thumbprint.FindAllSubmatch(document, -1) {
		for _, root := range roots {
			if fmt.Sprintf("% x", sha1.Sum(root.Raw)) == string(m[1]) &&
				!slices.ContainsFunc(found, func(der []byte) bool { return bytes.Equal(der, root.Raw) }) {
				found = append(found, root.Raw)
			}
		}
	}
	return found
}

// handshakes remembers the results of handshakes with one certificate. Networks that differ only in
// their credentials share one, unless every profile shall have its own.
type handshakes struct {
	sync.Mutex
	server radio.RADIUS
	leaf   *testkit.Pair
	own    bool
	done   map[string]*handshake
	count  int
}

type handshake struct {
	once     sync.Once
	accepted bool
	err      error
}

// accepts reports whether the phone joins all of its networks. certain is false if that depends on
// the platform of an app.
func (h *handshakes) accepts(p *phone) (accepted, certain bool, err error) {
	if p.platform == judge.Windows && strings.Contains(h.leaf.Subject.CommonName, "*") {
		return false, true, nil
	}
	accepted, err = h.all(p, func(n judge.Network) judge.Network { return n })
	if err != nil || p.platform != judge.EAPConfig {
		return accepted, true, err
	}
	onAndroid, err := h.all(p, func(n judge.Network) judge.Network {
		n.ServerMatch = judge.MatchSuffix
		return n
	})
	return accepted, accepted == onAndroid, err
}

func (h *handshakes) all(p *phone, as func(judge.Network) judge.Network) (bool, error) {
	for _, n := range p.networks {
		if accepted, err := h.one(p, as(n)); !accepted || err != nil {
			return false, err
		}
	}
	return true, nil
}

// one joins a network, or returns the result of an equal one.
func (h *handshakes) one(p *phone, n judge.Network) (bool, error) {
	key := fmt.Sprint(p.platform == judge.IWD, n.EAP, n.Inner, n.ServerNames, n.ServerMatch, n.Anchors)
	if h.own {
		key += p.customer + p.platform + n.Type
	}
	h.Lock()
	known := h.done[key]
	if known == nil {
		known = &handshake{}
		h.done[key] = known
		h.count++
	}
	h.Unlock()
	known.once.Do(func() { known.accepted, known.err = h.join(p, n) })
	return known.accepted, known.err
}

func (h *handshakes) join(p *phone, n judge.Network) (bool, error) {
	extra := func([]string) bool { return true }
	if p.platform == judge.IWD {
		n, extra = iwdNetwork(n)
	}
	c, err := radio.Connect(context.Background(), n, h.server)
	if errors.Is(err, radio.ErrNotTrusted) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s of %s: %w", n.Type, p.platform, err)
	}
	return extra(c.ServerNames), nil
}

// iwdNetwork returns the network with the supplicant's rule for a wildcard, and the check of the
// received names.
func iwdNetwork(n judge.Network) (judge.Network, func([]string) bool) {
	trusted := n.ServerNames
	if slices.ContainsFunc(trusted, func(name string) bool { return strings.HasPrefix(name, "*.") }) {
		n.ServerMatch = judge.MatchSuffix
		n.ServerNames = nil
		for _, name := range trusted {
			n.ServerNames = append(n.ServerNames, strings.TrimPrefix(name, "*."))
		}
	}
	return n, func(received []string) bool {
		for _, name := range received {
			for _, t := range trusted {
				rest, wildcard := strings.CutPrefix(t, "*.")
				if name == t || wildcard && len(name) > len(rest)+1 && strings.HasSuffix(name, "."+rest) {
					return true
				}
			}
		}
		return false
	}
}
