package profiles

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

const maxConsortiums = 36 // Android and wpa_supplicant

// oneDomain is the remedy for RADIUS servers without a common domain.
const oneDomain = "use one domain for the RADIUS servers, or a public CA"

func (c *checker) passpoint() {
	p := c.given.Passpoint
	if p == nil {
		return
	}
	c.realm(p.Realm)
	c.friendlyName(p.FriendlyName)
	c.homeDomain()
	c.roamingConsortiums(p)
	c.naiRealms(p)
	for i, code := range p.MCCMNC {
		if !mobileNetwork.MatchString(code) {
			c.error(fmt.Sprintf("wifi.passpoint.mccMnc[%d]", i), IOS, "mcc-mnc",
				fmt.Sprintf("%q is not a country code of three digits and a network code of three digits, "+
					"or of F and two digits: devices reject the profile", code), mobileNetworkRemedy(code))
		}
	}
}

// mobileNetwork is Apple's format of a PLMN: a network code of two digits is preceded by
// the filler F.
var (
	mobileNetwork      = regexp.MustCompile(`^[0-9]{3}[0-9Ff][0-9]{2}$`)
	shortMobileNetwork = regexp.MustCompile(`^([0-9]{3})[-/ ]?([0-9]{2})[Ff]?$`)
	longMobileNetwork  = regexp.MustCompile(`^([0-9]{3})[-/ ]([0-9]{3})$`)
)

// mobileNetworkRemedy proposes the correct form of the same network: 222 01 and 222 001
// are different ones.
func mobileNetworkRemedy(code string) string {
	if m := shortMobileNetwork.FindStringSubmatch(code); m != nil {
		return "write " + m[1] + "F" + m[2]
	}
	if m := longMobileNetwork.FindStringSubmatch(code); m != nil {
		return "write " + m[1] + m[2]
	}
	return "write it such as 310410, or 222F01 where the network code has two digits"
}

func (c *checker) realm(realm string) {
	const field = "wifi.passpoint.realm"
	if !c.host(field, realm) {
		return
	}
	if !strings.Contains(realm, ".") {
		c.error(field, "", "realm-dot",
			fmt.Sprintf("%q has one label: a realm must have a dot (RFC 7542)", realm), "write your domain name")
	}
	if len(realm) > maxRealm {
		c.error(field, "", "realm-length",
			fmt.Sprintf("has %d bytes, the maximum is %d: devices send anonymous@ and the realm, "+
				"and an identity has at most %d bytes (RFC 7542)", len(realm), maxRealm, maxHost),
			"use a shorter realm")
	}
}

func (c *checker) friendlyName(name string) {
	const field = "wifi.passpoint.friendlyName"
	c.text(field, name, maxShown)
	if tidy := strings.Trim(name, " "); tidy != "" && tidy != name {
		c.errorFor(nil, field, Android, "text-blanks",
			fmt.Sprintf("%q must not start or end with a space (Android trims it)", name),
			fmt.Sprintf("write %q", tidy))
	}
}

func (c *checker) homeDomain() {
	const field = "wifi.passpoint.homeDomain"
	s := c.settings
	domain := s.Passpoint.HomeDomain
	derived := c.given.Passpoint.HomeDomain == ""
	if derived && domain == "" {
		if s.privateRoot() && len(s.TrustedServerNames) > 0 {
			c.error(field, Android, "home-domain-suffix",
				fmt.Sprintf("with a private root, Android matches the server's certificate against the home domain, "+
					"but %s have no common domain: it would never connect", strings.Join(s.TrustedServerNames, ", ")),
				oneDomain)
		}
		return // the realm is missing and reported
	}
	if !derived && !c.host(field, domain) {
		return
	}
	if suffix, _ := publicsuffix.PublicSuffix(strings.ToLower(domain)); suffix == strings.ToLower(domain) {
		const rule = "home-domain-public-suffix"
		message := fmt.Sprintf("%q is a public suffix; every network under it would match as home", domain)
		switch { // name the field that the tenant wrote
		case !derived:
			c.error(field, "", rule, message, "write your domain")
		case domain == s.Passpoint.Realm:
			c.error("wifi.passpoint.realm", "", rule, message, "write your domain")
		default:
			c.error("wifi.trustedServerNames", "", rule, "have no common domain: "+message, oneDomain)
		}
		return
	}
	if !s.privateRoot() {
		return
	}
	for _, name := range s.suffixNames() {
		if !hasDomainSuffix(name, domain) {
			remedy := oneDomain
			if common, ok := DefaultHomeDomain("", s.TrustedServerNames, true); ok {
				remedy = "write homeDomain: " + common + ", or leave it out"
			}
			c.error(field, Android, "home-domain-suffix",
				fmt.Sprintf("with a private root, Android matches the server's certificate against the home domain, "+
					"but %s is not a suffix of the trusted server name %s: it would never connect", domain, name),
				remedy)
			return
		}
	}
}

// announcedDomain reports the domain that access points must announce. It is a warning if
// the domain is derived from the server names, which tenants do not expect.
func (c *checker) announcedDomain() {
	p := c.settings.Passpoint
	if p == nil {
		return
	}
	const field = "wifi.passpoint.homeDomain"
	message := fmt.Sprintf("access points must announce the domain %s (Domain Name list of ANQP), "+
		"by which devices recognize their home network", p.HomeDomain)
	if c.given.Passpoint.HomeDomain != "" || strings.EqualFold(p.HomeDomain, p.Realm) {
		c.note(field, "announced-domain", message)
		return
	}
	c.warning(field, "", "home-domain-not-realm",
		fmt.Sprintf("%s. It differs from the realm because, with a private root, Android matches the server's "+
			"certificate against it: to devices, an access point that announces only %s is a partner's network, "+
			"which they join only with roaming: true", message, p.Realm),
		"let the access points announce "+p.HomeDomain+", or use names below the realm for the RADIUS servers")
}

// hasDomainSuffix reports whether a name is a domain or below it. It compares whole
// labels, as Android does.
func hasDomainSuffix(name, domain string) bool {
	name, domain = strings.ToLower(name), strings.ToLower(domain)
	return name == domain || strings.HasSuffix(name, "."+domain)
}

func (c *checker) roamingConsortiums(p *Passpoint) {
	const field = "wifi.passpoint.roamingConsortiums"
	if p.OpenRoaming != NoOpenRoaming && len(p.OpenRoaming.RoamingConsortiums()) == 0 {
		c.error("wifi.passpoint.openRoaming", "", "open-roaming",
			fmt.Sprintf("%q is unknown", p.OpenRoaming), "write settlementFree")
	}
	for i, oi := range p.RoamingConsortiums {
		field := fmt.Sprintf("%s[%d]", field, i)
		octets, err := hex.DecodeString(oi)
		switch {
		case err != nil || (len(octets) != 3 && len(octets) != 5):
			c.error(field, IOS, "roaming-consortium",
				fmt.Sprintf("%q is not 3 or 5 octets in hex (6 or 10 digits): devices reject the profile", oi),
				consortiumRemedy(oi))
		case slices.ContainsFunc(p.RoamingConsortiums[:i], func(o string) bool { return strings.EqualFold(o, oi) }):
			c.error(field, "", "duplicate", fmt.Sprintf("%q occurs twice", oi), "remove one")
		}
	}
	if n := len(c.settings.Passpoint.RoamingConsortiums); n > maxConsortiums {
		c.error(field, Android, "roaming-consortium-count",
			fmt.Sprintf("has %d, the maximum on Android is %d", n, maxConsortiums), "")
	}
	if len(p.RoamingConsortiums) > 0 && !c.settings.Passpoint.Roaming {
		c.error(field, IOS, "roaming-consortium-without-roaming",
			"contradicts roaming: false: an iPhone would not join the partners' networks that an Android device joins",
			"write roaming: true, or remove the roaming consortiums")
	}
}

// consortiumRemedy proposes the correct form of an identifier.
func consortiumRemedy(oi string) string {
	plain := strings.NewReplacer("-", "", ":", "", " ", "", "0x", "", "0X", "").Replace(oi)
	if _, err := hex.DecodeString(plain); err == nil && plain != oi && (len(plain) == 6 || len(plain) == 10) {
		return "write " + strings.ToUpper(plain)
	}
	return "ask the federation for the full identifier: 5A03BA and 5A03BA0000 are different"
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
			"with both realms and roaming consortiums, some iPhones do not join networks that announce only "+
				"a consortium",
			"remove naiRealms")
	}
	if len(others) > 0 {
		c.warning(field, Android, "realms-android",
			fmt.Sprintf("Android and wpa_supplicant search only for the realm %s, not for %s",
				p.Realm, strings.Join(others, ", ")),
			"let the networks announce the realm or a roaming consortium")
	}
}
