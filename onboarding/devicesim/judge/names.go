package judge

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// IsHostName reports whether s is a host name (RFC 1123): dot-separated labels of letters, digits
// and inner hyphens, at most 253 bytes. Underscores are allowed, because some certificates contain
// them.
func IsHostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for _, label := range strings.Split(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if !IsAlphanumeric(c) && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

// IsAlphanumeric reports whether a byte is an ASCII letter or digit.
func IsAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// IsPublicSuffix reports whether a name is a public suffix such as com or co.uk, or a single label.
func IsPublicSuffix(name string) bool {
	name = strings.ToLower(name)
	if !strings.Contains(name, ".") {
		return true
	}
	_, err := publicsuffix.EffectiveTLDPlusOne(name)
	return err != nil
}

// IsRegistrable reports whether a name is a public suffix or one label below it, such as
// example.com. Such a name identifies an organization, not a host.
func IsRegistrable(name string) bool {
	name = strings.ToLower(name)
	if IsPublicSuffix(name) {
		return true
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(name)
	return err != nil || domain == name
}
