package certs

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxPaths bounds the search: cross-signed certificates multiply the ways.
const maxPaths = 1000

// arrangement is the search for the shortest valid chain among the certificates of a file.
type arrangement struct {
	all   []*x509.Certificate // each once
	now   time.Time
	paths [][]*x509.Certificate
	// rootBeyond is set when a valid root is reached through a certificate that is not valid: then nothing is superfluous, the chain is
	// broken.
	rootBeyond bool
}

// arrange returns the certificates that make the chain of the key's certificate, in their order, and a warning that names those left out.
// Certificates that are in order and valid stay as they are, and so do those of which no chain can be made: CheckChain says why.
func arrange(file string, all []*x509.Certificate, key crypto.Signer, now time.Time) (chain []*x509.Certificate, warning string) {
	if sound(all, now) && matches(all[0], key) {
		return all, ""
	}
	a := &arrangement{all: distinct(all), now: now}
	leaf := a.leaf(key)
	if leaf == nil {
		return all, ""
	}
	if chain = a.best(leaf); chain == nil {
		return all, ""
	}
	return chain, describe(file, chain, all, now)
}

// sound reports whether each certificate is valid and was issued by the next.
func sound(all []*x509.Certificate, now time.Time) bool {
	for i, c := range all {
		if !within(c, now) || i+1 < len(all) && !issuedBy(c, all[i+1]) || slices.ContainsFunc(all[:i], c.Equal) {
			return false
		}
	}
	return true
}

func within(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

func distinct(all []*x509.Certificate) []*x509.Certificate {
	var once []*x509.Certificate
	for _, c := range all {
		if !slices.ContainsFunc(once, c.Equal) {
			once = append(once, c)
		}
	}
	return once
}

// leaf returns the certificate of the key: of several the first that is valid, else the first.
func (a *arrangement) leaf(key crypto.Signer) *x509.Certificate {
	var first *x509.Certificate
	for _, c := range a.all {
		switch {
		case !matches(c, key):
		case within(c, a.now):
			return c
		case first == nil:
			first = c
		}
	}
	return first
}

// best returns the shortest path to a root of the file, or without one the longest path. It is nil if there is none.
func (a *arrangement) best(leaf *x509.Certificate) []*x509.Certificate {
	if !within(leaf, a.now) {
		return nil
	}
	a.walk([]*x509.Certificate{leaf}, true)
	var toRoot, longest []*x509.Certificate
	for _, path := range a.paths {
		if top := path[len(path)-1]; len(path) > 1 && selfIssued(top) && (toRoot == nil || len(path) < len(toRoot)) {
			toRoot = path
		}
		if len(path) > len(longest) {
			longest = path
		}
	}
	if toRoot != nil {
		return toRoot
	}
	// A root that nothing leads to, or a leaf alone: an intermediate is missing, unless this machine's own roots prove the chain.
	stray := slices.ContainsFunc(a.all, func(c *x509.Certificate) bool {
		return !c.Equal(leaf) && c.IsCA && selfIssued(c) && within(c, a.now)
	})
	if (a.rootBeyond || stray || len(longest) == 1) && !(&Pair{Chain: longest}).VerifiedBySystem(a.now) {
		return nil
	}
	return longest
}

// walk collects every path of valid certificates that begins with path.
func (a *arrangement) walk(path []*x509.Certificate, valid bool) {
	top := path[len(path)-1]
	if len(a.paths) >= maxPaths || len(path) > 12 {
		return
	}
	if valid {
		a.paths = append(a.paths, slices.Clone(path))
	} else if selfIssued(top) && within(top, a.now) {
		a.rootBeyond = true
	}
	if len(path) > 1 && selfIssued(top) {
		return
	}
	for _, c := range a.all {
		if !slices.ContainsFunc(path, c.Equal) && issuedBy(top, c) {
			usable := within(c, a.now) && (&Pair{}).checkIssuer(c, len(path)-1) == nil
			a.walk(append(slices.Clone(path), c), valid && usable)
		}
	}
}

// describe names what was changed.
func describe(file string, chain, all []*x509.Certificate, now time.Time) string {
	var out []string
	for i, c := range all {
		switch {
		case slices.ContainsFunc(all[:i], c.Equal):
			out = append(out, nameOf(c)+" (a second time)")
		case slices.ContainsFunc(chain, c.Equal):
		case now.After(c.NotAfter):
			out = append(out, fmt.Sprintf("%s (expired on %s)", nameOf(c), date(c.NotAfter)))
		case now.Before(c.NotBefore):
			out = append(out, fmt.Sprintf("%s (not valid before %s)", nameOf(c), date(c.NotBefore)))
		default:
			out = append(out, nameOf(c)+" (not part of the chain)")
		}
	}
	if len(out) == 0 {
		return file + ": the certificates are out of order; they are used in the order leaf, intermediates"
	}
	return file + ": superfluous certificates are left out: " + strings.Join(out, ", ")
}
