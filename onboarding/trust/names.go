package trust

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"

	"onramp/profiles"
)

// checkNames checks that the profile trusts one of the certificate's names.
func checkNames(leaf *x509.Certificate, n network, p profiles.Platform) Verdict {
	presented := presentedNames(leaf)
	wildcardCN := slices.ContainsFunc(commonNames(leaf), func(cn string) bool { return strings.Contains(cn, "*") })
	if p == profiles.Windows && wildcardCN {
		return refuse(Name, WildcardName)
	}
	if n.match == byApp {
		return checkAppNames(leaf, n.names, presented)
	}
	if matches(n.match, n.names, presented) {
		return accept()
	}
	switch {
	case apple(p) && matches(n.match, n.names, withoutDots(presented)):
		return unknown(Name, TrailingDot)
	case p == profiles.Windows && matches(n.match, n.names, commonNames(leaf)):
		return unknown(Name, CommonNameOnly) // which names Windows compares is not documented
	}
	return mismatch(n, presented)
}

// checkAppNames applies the rules of the geteduroam apps: suffixes on Android, the same labels
// elsewhere. On Linux, they compare no common name.
func checkAppNames(leaf *x509.Certificate, trusted, presented []string) Verdict {
	labels, suffix := matches(byLabel, trusted, presented), matches(bySuffix, suffixNames(trusted), presented)
	switch {
	case labels && suffix && len(leaf.DNSNames) == 0:
		return unknown(Name, CommonNameOnly)
	case labels && suffix:
		return accept()
	case labels || suffix:
		return unknown(SuffixRule, "")
	}
	return mismatch(network{names: trusted, all: trusted}, presented)
}

// mismatch returns the refusal for names of which none matches: the rule of the platform is the
// reason if another platform's rule accepts one of the names.
func mismatch(n network, presented []string) Verdict {
	detail := Detail("")
	if len(presented) > 0 && !slices.ContainsFunc(presented, func(name string) bool {
		return !strings.Contains(name, "*")
	}) {
		detail = WildcardName
	}
	if matches(byLabel, n.all, presented) || matches(bySuffix, suffixNames(n.all), presented) {
		return refuse(SuffixRule, detail)
	}
	return refuse(Name, detail)
}

// presentedNames returns the names in the certificate that devices compare: its dNSNames or, if it
// has none, its common names.
func presentedNames(c *x509.Certificate) []string {
	if len(c.DNSNames) > 0 {
		return c.DNSNames
	}
	return commonNames(c)
}

var oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// commonNames returns all common names of the subject.
func commonNames(c *x509.Certificate) []string {
	var names []string
	for _, a := range c.Subject.Names {
		if text, ok := a.Value.(string); ok && a.Type.Equal(oidCommonName) {
			names = append(names, text)
		}
	}
	return names
}

func withoutDots(names []string) []string {
	return mapped(names, func(name string) string { return strings.TrimSuffix(name, ".") })
}

// matches reports whether a trusted name matches one of the certificate's names. A name with a NUL
// matches nothing.
func matches(m match, trusted, presented []string) bool {
	for _, t := range trusted {
		for _, name := range presented {
			if t != "" && name != "" && !strings.Contains(name, "\x00") && m.compare(t, name) {
				return true
			}
		}
	}
	return false
}

func (m match) compare(trusted, name string) bool {
	switch m {
	case byLabel:
		return sameLabels(trusted, name)
	case bySuffix:
		return hasSuffix(trusted, name)
	case byMask:
		return hasMask(trusted, name)
	}
	return false
}

// sameLabels implements byLabel.
func sameLabels(trusted, name string) bool {
	if base, wildcard := strings.CutPrefix(trusted, "*."); wildcard {
		first, rest, dotted := strings.Cut(name, ".")
		return dotted && first != "" && equalASCII(base, rest)
	}
	return equalASCII(trusted, name)
}

// hasSuffix implements bySuffix.
func hasSuffix(trusted, name string) bool {
	if len(name) < len(trusted) || !equalASCII(trusted, name[len(name)-len(trusted):]) {
		return false
	}
	return len(name) == len(trusted) || name[len(name)-len(trusted)-1] == '.'
}

// hasMask implements byMask.
func hasMask(mask, name string) bool {
	base, wildcard := strings.CutPrefix(mask, "*.")
	if !wildcard {
		return mask == name
	}
	return strings.HasSuffix(name, "."+base)
}

// equalASCII compares names without regard to the case of ASCII letters. The letters of other
// alphabets have no case in DNS (RFC 4343).
func equalASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
