package judge

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// IsHostName tells whether s is dot-separated labels of letters, digits and inner hyphens (RFC 1123), at
// most 253 bytes. Underscores pass as letters: some certificates hold them, and devices only compare.
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

func IsAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// IsPublicSuffix tells whether a name is a public suffix such as com or co.uk, or a single label.
func IsPublicSuffix(name string) bool {
	name = strings.ToLower(name)
	if !strings.Contains(name, ".") {
		return true
	}
	_, err := publicsuffix.EffectiveTLDPlusOne(name)
	return err != nil
}

// IsRegistrable tells whether a name is a public suffix or one label under it, such as example.com: a name
// that stands for an organization, not for a host.
func IsRegistrable(name string) bool {
	name = strings.ToLower(name)
	if IsPublicSuffix(name) {
		return true
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(name)
	return err != nil || domain == name
}
