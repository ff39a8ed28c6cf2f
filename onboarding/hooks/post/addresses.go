package post

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// public6 holds the global unicast addresses of IPv6 (RFC 4291, IANA's assignments). All others are
// refused: loopback, unspecified, link-local, unique local, multicast, IPv4-mapped, and those that
// embed IPv4 for NAT64 (64:ff9b::/96, 64:ff9b:1::/48).
var public6 = netip.MustParsePrefix("2000::/3")

// special are the prefixes within the others that are not public, by IANA's registries of
// special-purpose addresses (RFC 6890).
var special = prefixes(
	"0.0.0.0/8",         // this network
	"10.0.0.0/8",        // private
	"100.64.0.0/10",     // carrier-grade NAT
	"127.0.0.0/8",       // loopback
	"169.254.0.0/16",    // link-local, and the metadata of cloud machines
	"172.16.0.0/12",     // private
	"192.0.0.0/24",      // IETF protocols
	"192.0.2.0/24",      // documentation
	"192.31.196.0/24",   // AS112
	"192.52.193.0/24",   // AMT
	"192.88.99.0/24",    // relays of 6to4
	"192.168.0.0/16",    // private
	"192.175.48.0/24",   // AS112
	"198.18.0.0/15",     // benchmarks
	"198.51.100.0/24",   // documentation
	"203.0.113.0/24",    // documentation
	"224.0.0.0/4",       // multicast
	"240.0.0.0/4",       // reserved, and the broadcast
	"2001::/23",         // IETF protocols, with Teredo
	"2001:db8::/32",     // documentation
	"2002::/16",         // 6to4, which embeds IPv4
	"2620:4f:8000::/48", // AS112
	"3fff::/20",         // documentation
)

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// IsPublic reports whether an address is one of the public internet.
func IsPublic(a netip.Addr) bool {
	if a.Zone() != "" || !a.Is4() && !public6.Contains(a) {
		return false
	}
	return !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// ParseAllowed reads a comma-separated list of prefixes or addresses, such as
// "10.1.0.0/16,192.0.2.7".
func ParseAllowed(text string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if err != nil {
			a, notAddress := netip.ParseAddr(part)
			if notAddress != nil || a.Zone() != "" {
				return nil, fmt.Errorf("%q is no prefix such as 10.1.0.0/16 and no IP address", part)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if p.Addr().Is4In6() {
			return nil, fmt.Errorf("%q is mapped to IPv6; write the IPv4 prefix", part)
		}
		if p != p.Masked() {
			return nil, fmt.Errorf("%q has bits beyond its length; did you mean %s?", part, p.Masked())
		}
		all = append(all, p)
	}
	return all, nil
}
