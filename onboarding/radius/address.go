package radius

import "net/netip"

// The qualities of an IP address of a station, best last.
const (
	noAddress        = iota
	unusableAddress  // before an address is assigned, or "any"
	linkLocalAddress // every device has one in addition to an assigned address
	usableAddress
)

// addressQuality returns how well an IP address identifies a station.
func addressQuality(text string) int {
	a, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		return noAddress
	case a.IsUnspecified(), a.IsLoopback(), a.IsMulticast(),
		a == netip.AddrFrom4([4]byte{255, 255, 255, 254}), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return unusableAddress
	case a.IsLinkLocalUnicast():
		return linkLocalAddress
	}
	return usableAddress
}

// bestAddress returns the first usable address, or else the first link-local one, or else the first
// unusable one. Texts that are not IP addresses are ignored.
func bestAddress(addresses ...string) string {
	best, quality := "", noAddress
	for _, text := range addresses {
		a, err := netip.ParseAddr(text)
		if err != nil {
			continue
		}
		text = a.Unmap().String()
		if q := addressQuality(text); q > quality {
			best, quality = text, q
		}
	}
	return best
}
