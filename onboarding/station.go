package onboarding

import (
	"strings"
	"time"
)

// Station is a device that connected with a customer's credential, as identified by its hardware
// address.
type Station struct {
	CustomerID  string
	MAC         string // 02:00:00:aa:bb:cc
	Randomised  bool   // the device made up the address for this network
	FirstSeen   time.Time
	LastSeen    time.Time
	Connections int64
}

// MaxAccessPoints is the maximum number of stored access points. A sender chooses its names.
const MaxAccessPoints = 1000

// The beginnings of the Key of an access point: before the ID of the hotspot whose client entry
// accepted the packet, a NAS-Identifier, an IP address, or a BSSID.
const (
	KeyOfClient  = "client "
	KeyOfNAS     = "nas "
	KeyOfAddress = "address "
	KeyOfMAC     = "mac "
)

// AccessPoint is a sender of RADIUS packets that matches no declared hotspot. It is stored so
// that an operator can see and declare it.
type AccessPoint struct {
	Key           string // its NAS-Identifier, or else its address
	NASIdentifier string
	Address       string
	MAC           string // the BSSID of its last packet
	SSID          string
	FirstSeen     time.Time
	LastSeen      time.Time
}

// ParseMAC parses a hardware address in any of the notations used by access points
// (02-00-00-AA-BB-CC, 02:00:00:aa:bb:cc, 0200.00aa.bbcc, 020000-aabbcc, 020000aabbcc), with or
// without surrounding spaces, and returns it as 02:00:00:aa:bb:cc.
func ParseMAC(text string) (mac string, ok bool) {
	mac, rest, ok := cutMAC(strings.Trim(text, macPadding))
	if !ok || rest != "" {
		return "", false
	}
	return mac, true
}

// macPadding holds the characters with which some access points pad the attribute.
const macPadding = " \t\r\n\x00"

// cutMAC parses a hardware address at the beginning of a text and returns the rest.
func cutMAC(text string) (mac, rest string, ok bool) {
	var digits [12]byte
	n, blanks := 0, 0
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
		case c >= 'A' && c <= 'F':
			c += 'a' - 'A'
		case c == ' ' && n > 0:
			blanks++
			continue
		case (c == ':' || c == '-' || c == '.') && n > 0:
			continue
		default:
			return "", "", false
		}
		digits[n] = c
		n++
		if n == len(digits) {
			if rest = text[i+1:]; blanks > 0 && i != 16 { // words of hex digits, not pairs
				return "", "", false
			}
			break
		}
	}
	if n != len(digits) {
		return "", "", false
	}
	var b strings.Builder
	b.Grow(17)
	for i, d := range digits {
		if i > 0 && i%2 == 0 {
			b.WriteByte(':')
		}
		b.WriteByte(d)
	}
	return b.String(), rest, true
}

// RandomisedMAC reports whether the device made up the address: the locally administered bit of
// IEEE 802 is set. Phones use a different random address in each network.
func RandomisedMAC(mac string) bool {
	return len(mac) > 1 && strings.IndexByte("2367abef", mac[1]) >= 0
}

// macDelimiters are the delimiters that access points write between an address and the SSID.
const macDelimiters = ":;@,|/ "

// ParseCalledStation splits a Called-Station-Id (RFC 3580 section 3.20) into the access point's
// BSSID and, after a delimiter, the SSID. A text that does not begin with an address is an SSID
// alone.
func ParseCalledStation(text string) (bssid, ssid string) {
	trimmed := strings.TrimLeft(text, macPadding)
	mac, rest, ok := cutMAC(trimmed)
	delimited := rest == "" || strings.ContainsRune(macDelimiters, rune(rest[0]))
	if !ok || !delimited && strings.Trim(rest, macPadding) != "" {
		return "", text
	}
	trimmedRest := strings.TrimLeft(rest, " ")
	if trimmedRest == "" || trimmedRest[0] != rest[0] && strings.ContainsRune(macDelimiters, rune(trimmedRest[0])) {
		rest = trimmedRest // 020000000001 : venue
	}
	if rest == "" {
		return mac, ""
	}
	return mac, rest[1:]
}

// StationMAC returns the hardware address in a Calling-Station-Id, empty if there is none.
func StationMAC(text string) string {
	mac, rest, ok := cutMAC(strings.Trim(text, macPadding))
	if !ok || rest != "" && !strings.ContainsRune(macDelimiters, rune(rest[0])) {
		return ""
	}
	return mac
}
