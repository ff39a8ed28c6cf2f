package server

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientAddress returns the address of who asks, for limits and the ledger of consents: the peer's, unless that is a trusted proxy. Then it is
// the last address in X-Forwarded-For that is not a trusted proxy's: each proxy appends the peer that it saw, and what stands before the first trusted
// one's entry is the client's own invention. An entry that is no address ends the chain.
func (s *Server) clientAddress(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	address := plain(peer.Addr())
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

// forwardedAddress reads an entry: an address, which some proxies write with a port or in brackets.
func forwardedAddress(entry string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(entry, "["), "]")); err == nil {
		return plain(a), true
	}
	if p, err := netip.ParseAddrPort(entry); err == nil {
		return plain(p.Addr()), true
	}
	return netip.Addr{}, false
}

func (s *Server) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(s.trusted, func(p netip.Prefix) bool { return p.Contains(a) })
}

// plain makes one address have one spelling.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
