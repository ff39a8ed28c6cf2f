package access

import (
	"net/netip"
)

// nat64 is the prefix of IPv4 addresses behind NAT64 (RFC 6052).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// byAddress returns the budgets of a limit for a client's address: the IPv4 address, or the IPv6
// prefixes of one host (/64), one household (/56) and one site (/48). Wider prefixes have larger
// budgets, so that one host does not exhaust its neighbours' budget. The values of more become
// part of the keys.
func byAddress(limit LimitName, address string, more ...string) []budgetKey {
	about := ""
	for _, m := range more {
		about += " " + m
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return []budgetKey{{limit: limit, key: address + about}}
	}
	ip = ip.Unmap().WithZone("")
	if nat64.Contains(ip) {
		octets := ip.As16()
		ip = netip.AddrFrom4([4]byte(octets[12:]))
	}
	if ip.Is4() {
		return []budgetKey{{limit: limit, key: ip.String() + about}}
	}
	keys := make([]budgetKey, 0, 3)
	for i, bits := range []int{64, 56, 48} {
		prefix, _ := ip.Prefix(bits) // fails only for an invalid prefix length
		keys = append(keys, budgetKey{limit: limit, key: prefix.String() + about, factor: 1 << i})
	}
	return keys
}
