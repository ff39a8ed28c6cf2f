package certs

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxPaths limits the search, since cross-signed certificates multiply the paths.
const maxPaths = 1000

// arrangement is a search for the shortest valid chain among the certificates of a
// file.
type arrangement struct {
	all   []*x509.Certificate // without duplicates
	now   time.Time
	paths [][]*x509.Certificate
	// rootBeyond reports that a valid root is reached only through an invalid
	// certificate. Then the chain is broken and no certificate is superfluous.
	rootBeyond bool
}

// arrange returns the chain of the key's certificate in order, and a warning that
// names the certificates left out. If the certificates are in order and valid, or
// if there is no valid chain, they are returned unchanged, and CheckChain reports
// the reason.
func arrange(file string, all []*x509.Certificate, key crypto.Signer, now time.Time) (
	chain []*x509.Certificate, warning string) {
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

// leaf returns the certificate of the key. If there are several, it prefers the
// first valid one.
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

// best returns the shortest path to a root in the file, or the longest path if there
// is no root. It returns nil if the leaf is not valid or an intermediate is missing.
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
	// A root that no path leads to, or a leaf alone, means that an intermediate is missing, unless
	// this machine's roots verify the chain.
	stray := slices.ContainsFunc(a.all, func(c *x509.Certificate) bool {
		return !c.Equal(leaf) && c.IsCA && selfIssued(c) && within(c, a.now)
	})
	if (a.rootBeyond || stray || len(longest) == 1) && !(&Pair{Chain: longest}).VerifiedBySystem(a.now) {
		return nil
	}
	return longest
}

// walk collects all paths of valid certificates that start with path.
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

// describe returns the warning for the difference between chain and all.
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
		return file + ": the certificates are out of order: using the order leaf, intermediates"
	}
	return file + ": superfluous certificates are ignored: " + strings.Join(out, ", ")
}
