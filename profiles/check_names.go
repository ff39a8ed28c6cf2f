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
	maxHost         = 253                         // RFC 1035 without the root's dot; an identity has no more either (RFC 7542)
	maxRealm        = maxHost - len("anonymous@") // anonymous@realm is an identity
	maxTrustedNames = 16                          // Android
	maxJoinedNames  = 254                         // Android 14 to 16: domain_suffix_match has 256 characters with its quotes
	maxPublicRoots  = 8
)

// host checks a DNS name and says whether the rest may look at it.
func (c *checker) host(field, name string) bool {
	switch {
	case name == "":
		c.error(field, "", "host-required", "is empty", "")
	case textProblem(name, false) != "":
		c.error(field, "", "text-characters", fmt.Sprintf("%q %s", name, textProblem(name, false)), "remove the character")
	case !ascii(name):
		remedy := "write its A-label"
		if a, err := idna.Lookup.ToASCII(name); err == nil {
			remedy += ": " + a
		}
		c.error(field, "", "host-ascii", fmt.Sprintf("%q is an internationalized name; certificates and hotspots hold its A-label, so no device would ever match it", name), remedy)
	case len(name) > maxHost:
		c.error(field, "", "host-length", fmt.Sprintf("has %d bytes, at most %d are possible", len(name), maxHost), "")
	case !hostSyntax(name):
		c.error(field, "", "host-syntax", fmt.Sprintf("%q is no host name", name), "write it as in host.example.com, without port, slash or final dot")
	default:
		return true
	}
	return false
}

// hostSyntax accepts letters, digits, hyphens and underscores in labels of 1 to
// 63, and nothing that is an IP address.
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
		c.error(field, "", "trusted-name-required", "is empty: a phone would ask its owner to trust a certificate, or trust any server", "name the RADIUS server as its certificate does")
	case len(names) > maxTrustedNames:
		c.error(field, Android, "trusted-name-count", fmt.Sprintf("has %d names, Android takes at most %d", len(names), maxTrustedNames), "")
	}
	c.joinedNames(field)
	seen := map[string]bool{}
	for i, name := range names {
		field := fmt.Sprintf("%s[%d]", field, i)
		if seen[strings.ToLower(name)] {
			c.error(field, "", "duplicate", fmt.Sprintf("%q is there twice", name), "remove one")
			continue
		}
		seen[strings.ToLower(name)] = true
		c.trustedServerName(field, name)
	}
}

// joinedNames holds the names to what Android keeps of them, joined: longer ones
// are dropped in silence, and with them the check of the server.
func (c *checker) joinedNames(field string) {
	joined := len(strings.Join(c.settings.suffixNames(), ";"))
	if joined <= maxJoinedNames {
		return
	}
	remedy := "name fewer servers, or put them under one domain and name its suffix, such as *.radius.example.com"
	if common, ok := commonDomain(c.given.TrustedServerNames); ok {
		if registrable, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(common)); err == nil && !strings.EqualFold(registrable, common) {
			remedy = "write their common suffix once: *." + common
		}
	}
	concerned := []Platform{SettingsAndroid}
	if !c.settings.privateRoot() {
		concerned = append(concerned, Android)
	}
	c.errorFor(concerned, field, Android, "trusted-name-length",
		fmt.Sprintf("has %d characters with the names joined by ';', and Android keeps %d: beyond that it drops the names in silence and would give the password to any server with a public certificate", joined, maxJoinedNames), remedy)
}

func (c *checker) trustedServerName(field, name string) {
	base := strings.TrimPrefix(name, "*.")
	if strings.Contains(base, "*") {
		c.error(field, IOS, "trusted-name-wildcard", fmt.Sprintf("%q: a wildcard stands for the whole leftmost label only; elsewhere Apple devices match nothing", name), "write full host names")
		return
	}
	if !c.host(field, base) {
		return
	}
	what := ""
	if !strings.Contains(base, ".") {
		what = "a single label"
	} else if registrable, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(base)); err != nil {
		what = "a public suffix"
	} else if registrable == strings.ToLower(base) {
		what = "a registrable domain"
	}
	if what == "" {
		return
	}
	c.error(field, Android, "trusted-name-host",
		fmt.Sprintf("%q is %s: Android, wpa_supplicant, NetworkManager and ChromeOS match by suffix and would trust every host below it, and an iPhone would match no host at all", name, what),
		"write the full host name of the RADIUS server, as its certificate has it")
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7F })
}

// guid accepts 8-4-4-4-12, with or without braces.
func guid(s string) bool {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	_, err := uuid.Parse(s)
	return err == nil && len(s) == 36
}

// language checks the key of a text in several languages.
func (c *checker) language(field, tag string) {
	if _, err := language.Parse(tag); err != nil && tag != "default" {
		c.error(field, IOS, "language-tag", fmt.Sprintf("%q is no language tag (BCP 47)", tag), "write a tag such as en or pt-BR, or default")
	}
}
