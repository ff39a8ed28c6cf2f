package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientAddress returns the client's address, for limits and the record of consents: the peer's,
// unless the peer is a trusted proxy. Then it is the last address in X-Forwarded-For that is not a
// trusted proxy's. Each proxy appends its peer, so earlier entries are unverified. An entry that
// does not parse ends the chain.
//
// Echo's ExtractIPFromXFFHeader does not replace it: it returns the peer's address when it
// meets an entry with a port or one that does not parse, where this reads the port's address and
// returns the last verified one.
func (s *Server) clientAddress(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	address := canonicalAddress(peer.Addr())
	if !s.trusts(address) {
		return address.String()
	}
	entries := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, entry := range slices.Backward(entries) {
		forwarded, ok := forwardedAddress(strings.TrimSpace(entry))
		if !ok {
			break
		}
		address = forwarded
		if !s.trusts(address) {
			break
		}
	}
	return address.String()
}

// forwardedAddress parses an entry: an address, which some proxies write with a port or in
// brackets.
func forwardedAddress(entry string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(entry, "["), "]")); err == nil {
		return canonicalAddress(a), true
	}
	if p, err := netip.ParseAddrPort(entry); err == nil {
		return canonicalAddress(p.Addr()), true
	}
	return netip.Addr{}, false
}

func (s *Server) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(s.trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}

// canonicalAddress returns the one notation of an address.
func canonicalAddress(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
