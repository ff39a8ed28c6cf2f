package profiles

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/language"
)

const (
	// RFC 1035 without the root's dot; an identity has no more either (RFC 7542)
	maxHost         = 253
	maxRealm        = maxHost - len("anonymous@") // anonymous@realm is an identity
	maxTrustedNames = 16                          // Android
	// Android 14 to 16: domain_suffix_match has 256 characters with its quotes
	maxJoinedNames = 254
	maxPublicRoots = 8
)

// host checks a DNS name and reports whether it is valid.
func (c *checker) host(field, name string) bool {
	switch {
	case name == "":
		c.error(field, "", "host-required", "is empty", "")
	case textProblem(name, false) != "":
		c.error(field, "", "text-characters", fmt.Sprintf("%q %s", name, textProblem(name, false)),
			"remove the character")
	case !ascii(name):
		remedy := "write its A-label"
		if a, err := idna.Lookup.ToASCII(name); err == nil {
			remedy += ": " + a
		}
		c.error(field, "", "host-ascii", fmt.Sprintf(
			"%q is an internationalized name: no device would match it, since certificates and hotspots "+
				"use its A-label",
			name), remedy)
	case len(name) > maxHost:
		c.error(field, "", "host-length", fmt.Sprintf("has %d bytes, the maximum is %d", len(name), maxHost), "")
	case !hostSyntax(name):
		c.error(field, "", "host-syntax", fmt.Sprintf("%q is not a host name", name),
			"write it as in host.example.com, without port, slash or final dot")
	default:
		return true
	}
	return false
}

// hostSyntax reports whether a name has labels of 1 to 63 letters, digits, hyphens and
// underscores. IP addresses are not host names.
func hostSyntax(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	for _, label := range strings.Split(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if !(r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
				return false
			}
		}
	}
	return true
}

func (c *checker) trustedServerNames() {
	const field = "wifi.trustedServerNames"
	names := c.given.TrustedServerNames
	switch {
	case len(names) == 0:
		c.error(field, "", "trusted-name-required",
			"is empty: devices would trust any server or ask the user to trust a certificate",
			"write the RADIUS server's name, as in its certificate")
	case len(names) > maxTrustedNames:
		c.error(field, Android, "trusted-name-count",
			fmt.Sprintf("has %d names, the maximum on Android is %d", len(names), maxTrustedNames), "")
	}
	c.joinedNames(field)
	seen := map[string]bool{}
	for i, name := range names {
		field := fmt.Sprintf("%s[%d]", field, i)
		if seen[strings.ToLower(name)] {
			c.error(field, "", "duplicate", fmt.Sprintf("%q occurs twice", name), "remove one")
			continue
		}
		seen[strings.ToLower(name)] = true
		c.trustedServerName(field, name)
	}
}

// joinedNames checks the length of the joined names. Android silently drops longer ones
// and then does not check the server's name.
func (c *checker) joinedNames(field string) {
	joined := len(strings.Join(c.settings.suffixNames(), ";"))
	if joined <= maxJoinedNames {
		return
	}
	remedy := "write fewer names, or use one domain for the servers and write its suffix, such as *.radius.example.com"
	if common, ok := commonDomain(c.given.TrustedServerNames); ok {
		registrable, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(common))
		if err == nil && !strings.EqualFold(registrable, common) {
			remedy = "write their common suffix once: *." + common
		}
	}
	concerned := []Platform{SettingsAndroid}
	if !c.settings.privateRoot() {
		concerned = append(concerned, Android)
	}
	c.errorFor(concerned, field, Android, "trusted-name-length",
		fmt.Sprintf("the names joined by ';' have %d characters, but Android keeps %d: "+
			"it silently drops longer names and would send the password to any server with a public certificate",
			joined, maxJoinedNames), remedy)
}

func (c *checker) trustedServerName(field, name string) {
	base := strings.TrimPrefix(name, "*.")
	if strings.Contains(base, "*") {
		c.error(field, IOS, "trusted-name-wildcard",
			fmt.Sprintf("%q: a wildcard must be the whole leftmost label, or Apple devices match no server", name),
			"write full host names")
		return
	}
	if !c.host(field, base) {
		return
	}
	kind := ""
	if !strings.Contains(base, ".") {
		kind = "a single label"
	} else if registrable, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(base)); err != nil {
		kind = "a public suffix"
	} else if registrable == strings.ToLower(base) {
		kind = "a registrable domain"
	}
	if kind == "" {
		return
	}
	c.error(field, Android, "trusted-name-host",
		fmt.Sprintf("%q is %s: Android, wpa_supplicant, NetworkManager and ChromeOS match by suffix and would trust "+
			"every host below it, and an iPhone would match no host", name, kind),
		"write the full host name of the RADIUS server, as in its certificate")
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7F })
}

// guid reports whether s is a GUID of the form 8-4-4-4-12, with or without braces.
func guid(s string) bool {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	_, err := uuid.Parse(s)
	return err == nil && len(s) == 36
}

// language checks a language tag, the key of a text in several languages.
func (c *checker) language(field, tag string) {
	if _, err := language.Parse(tag); err != nil && tag != "default" {
		c.error(field, IOS, "language-tag", fmt.Sprintf("%q is not a language tag (BCP 47)", tag),
			"write a tag such as en or pt-BR, or default")
	}
}
