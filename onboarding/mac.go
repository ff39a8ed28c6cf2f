package onboarding

import "strings"

// ParseMAC reads a hardware address in any of the notations that access points use (02-00-00-AA-BB-CC, 02:00:00:aa:bb:cc,
// 0200.00aa.bbcc, 020000aabbcc) and returns it as 02:00:00:aa:bb:cc.
func ParseMAC(text string) (mac string, ok bool) {
	var digits [12]byte
	n := 0
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
		case c >= 'A' && c <= 'F':
			c += 'a' - 'A'
		case (c == ':' || c == '-' || c == '.' || c == ' ') && n > 0 && n < 12:
			continue
		default:
			return "", false
		}
		if n == len(digits) {
			return "", false
		}
		digits[n] = c
		n++
	}
	if n != len(digits) {
		return "", false
	}
	var b strings.Builder
	b.Grow(17)
	for i, d := range digits {
		if i > 0 && i%2 == 0 {
			b.WriteByte(':')
		}
		b.WriteByte(d)
	}
	return b.String(), true
}

// RandomisedMAC reports whether the device made the address up: the locally administered bit of IEEE 802 is set, which phones do
// to have another address in each network.
func RandomisedMAC(mac string) bool {
	return len(mac) > 1 && strings.IndexByte("2367abef", mac[1]) >= 0
}

// parseCalledStation splits a Called-Station-Id (RFC 3580 section 3.20): the access point's BSSID and, after a colon, the SSID. A text that
// does not begin with an address is taken for an SSID alone.
func parseCalledStation(text string) (bssid, ssid string) {
	// The longest notation has 17 characters, the shortest 12; an address is followed by a colon or nothing.
	for _, n := range []int{17, 14, 12} {
		if len(text) < n {
			continue
		}
		rest := text[n:]
		if rest != "" && rest[0] != ':' {
			continue
		}
		if mac, ok := ParseMAC(text[:n]); ok {
			return mac, strings.TrimPrefix(rest, ":")
		}
	}
	return "", text
}
