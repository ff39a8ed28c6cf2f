package profiles

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

const maxConsortiums = 36 // Android and wpa_supplicant

func (c *checker) passpoint() {
	p := c.given.Passpoint
	if p == nil {
		return
	}
	if c.host("wifi.passpoint.realm", p.Realm) && !strings.Contains(p.Realm, ".") {
		c.error("wifi.passpoint.realm", "", "realm-dot", fmt.Sprintf("%q has one label; a realm has a dot (RFC 7542)", p.Realm), "write a domain name that is yours")
	}
	c.text("wifi.passpoint.friendlyName", p.FriendlyName, maxShown)
	c.homeDomain()
	c.roamingConsortiums(p)
	c.naiRealms(p)
	for i, code := range p.MCCMNC {
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			c.error(fmt.Sprintf("wifi.passpoint.mccMnc[%d]", i), IOS, "mcc-mnc", fmt.Sprintf("%q has not six digits: the profile is refused", code), "write the country code and the network code padded with zeros, such as 222001")
		}
	}
}

func (c *checker) homeDomain() {
	const field = "wifi.passpoint.homeDomain"
	s := c.settings
	domain := s.Passpoint.HomeDomain
	if c.given.Passpoint.HomeDomain == "" && domain == "" {
		if s.privateRoot() && len(s.TrustedServerNames) > 0 {
			c.error(field, Android, "home-domain-suffix",
				fmt.Sprintf("with a private root Android matches the server's certificate against the home domain, and %s have no domain in common: it would never connect", strings.Join(s.TrustedServerNames, ", ")),
				"put the RADIUS servers under one domain, or use a public CA")
		}
		return // the realm is missing and reported
	}
	if domain == s.Passpoint.Realm && c.given.Passpoint.HomeDomain == "" {
		// checked as the realm
	} else if !c.host(field, domain) {
		return
	}
	if suffix, _ := publicsuffix.PublicSuffix(strings.ToLower(domain)); suffix == strings.ToLower(domain) {
		c.error(field, "", "home-domain-public-suffix", fmt.Sprintf("%q belongs to nobody: devices would take every network below it for their home", domain), "write a domain that is yours")
		return
	}
	if !s.privateRoot() {
		return
	}
	for _, name := range s.suffixNames() {
		if !hasDomainSuffix(name, domain) {
			remedy := "put the RADIUS servers under one domain, or use a public CA"
			if common, ok := DefaultHomeDomain("", s.TrustedServerNames, true); ok {
				remedy = "write homeDomain: " + common + ", or leave it out"
			}
			c.error(field, Android, "home-domain-suffix",
				fmt.Sprintf("with a private root Android matches the server's certificate against the home domain, and %s is no suffix of the trusted server name %s: it would never connect", domain, name),
				remedy)
			return
		}
	}
}

// hasDomainSuffix compares whole labels, as Android does.
func hasDomainSuffix(name, domain string) bool {
	name, domain = strings.ToLower(name), strings.ToLower(domain)
	return name == domain || strings.HasSuffix(name, "."+domain)
}

func (c *checker) roamingConsortiums(p *Passpoint) {
	const field = "wifi.passpoint.roamingConsortiums"
	if p.OpenRoaming != NoOpenRoaming && len(p.OpenRoaming.RoamingConsortiums()) == 0 {
		c.error("wifi.passpoint.openRoaming", "", "open-roaming", fmt.Sprintf("%q is not known", p.OpenRoaming), "write settlementFree")
	}
	for i, oi := range p.RoamingConsortiums {
		field := fmt.Sprintf("%s[%d]", field, i)
		octets, err := hex.DecodeString(oi)
		switch {
		case err != nil || (len(octets) != 3 && len(octets) != 5):
			c.error(field, IOS, "roaming-consortium", fmt.Sprintf("%q is not 3 or 5 octets in hex, 6 or 10 digits: the profile is refused", oi), consortiumRemedy(oi))
		case slices.ContainsFunc(p.RoamingConsortiums[:i], func(o string) bool { return strings.EqualFold(o, oi) }):
			c.error(field, "", "duplicate", fmt.Sprintf("%q is there twice", oi), "remove one")
		}
	}
	if n := len(c.settings.Passpoint.RoamingConsortiums); n > maxConsortiums {
		c.error(field, Android, "roaming-consortium-count", fmt.Sprintf("has %d, Android takes at most %d", n, maxConsortiums), "")
	}
	if len(p.RoamingConsortiums) > 0 && !c.settings.Passpoint.Roaming {
		c.error(field, IOS, "roaming-consortium-without-roaming",
			"a roaming consortium with roaming: false contradicts itself: an iPhone would not join the partners' networks that an Android phone joins",
			"write roaming: true, or remove the roaming consortiums")
	}
}

// consortiumRemedy helps with the ways in which identifiers are usually written.
func consortiumRemedy(oi string) string {
	plain := strings.NewReplacer("-", "", ":", "", " ", "", "0x", "", "0X", "").Replace(oi)
	if _, err := hex.DecodeString(plain); err == nil && plain != oi && (len(plain) == 6 || len(plain) == 10) {
		return "write " + strings.ToUpper(plain)
	}
	return "ask the federation for the full identifier; 5A03BA and 5A03BA0000 are different ones"
}

func (c *checker) naiRealms(p *Passpoint) {
	const field = "wifi.passpoint.naiRealms"
	var others []string
	for i, realm := range p.NAIRealms {
		c.host(fmt.Sprintf("%s[%d]", field, i), realm)
		if !strings.EqualFold(realm, p.Realm) {
			others = append(others, realm)
		}
	}
	if len(p.NAIRealms) > 0 && len(c.settings.Passpoint.RoamingConsortiums) > 0 {
		c.warning(field, IOS, "realms-with-consortiums",
			"with realms beside roaming consortiums iPhones were seen not to join networks that announce a consortium only",
			"leave naiRealms out")
	}
	if len(others) > 0 {
		c.warning(field, Android, "realms-android",
			fmt.Sprintf("Android and wpa_supplicant look for the realm %s only, not for %s", p.Realm, strings.Join(others, ", ")),
			"have the networks announce the realm, or a roaming consortium")
	}
}
