package aaa

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/radius"
	"onramp/onboarding/server/web"
)

// attributes holds the attributes of a RADIUS request as FreeRADIUS's rlm_rest posts them:
// {"User-Name":{"type":"string","value":["anna"]}}, or in the short form of our configuration,
// {"User-Name":"anna"}. Numbers keep their text.
type attributes map[string][]string

// attributesBody accepts attributes of any name.
var attributesBody = &web.Wanted{Others: &web.Wanted{
	Members: map[string]*web.Wanted{"value": {Items: web.Simple}}, Items: web.Simple,
}}

// bindAttributes reads the attributes from a request's body.
func bindAttributes(c echo.Context) (attributes, error) {
	raw, err := web.ReadBody(c)
	if err != nil {
		return nil, err
	}
	members, err := web.ParseObject(raw, attributesBody)
	if err != nil {
		return nil, err
	}
	pairs := make(attributes, len(members))
	for name, member := range members {
		if detailed, ok := member.(map[string]any); ok {
			member = detailed["value"]
		}
		if list, ok := member.([]any); ok {
			for _, value := range list {
				pairs.add(name, value)
			}
			continue
		}
		pairs.add(name, member)
	}
	return pairs, nil
}

func (a attributes) add(name string, value any) {
	switch v := value.(type) {
	case string:
		a[name] = append(a[name], unfoldBytes(v))
	case web.Number:
		a[name] = append(a[name], string(v))
	}
}

// text returns the attribute's first value, or "".
func (a attributes) text(name string) string {
	if values := a[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// device returns an attribute that identifies an access point or a device, without the NULs with
// which some access points pad it.
func (a attributes) device(name string) string { return strings.TrimRight(a.text(name), "\x00") }

// all returns the attribute's values. Our configuration joins several with commas.
func (a attributes) all(name string) []string {
	var values []string
	for _, value := range a[name] {
		values = append(values, strings.Split(value, ",")...)
	}
	return values
}

// need returns the attribute, or an error if it is missing.
func (a attributes) need(name string) (string, error) {
	if value := a.text(name); value != "" {
		return value, nil
	}
	return "", onboarding.InvalidField(name, "missing")
}

// count returns the attribute as a 32-bit number (a RADIUS integer), or 0.
func (a attributes) count(name string) int64 {
	n, err := strconv.ParseUint(a.text(name), 10, 32)
	if err != nil {
		return 0
	}
	return int64(n)
}

// octets returns the byte counter of a direction: 32 bits and the gigawords above them (RFC 2869,
// section 5.1).
func (a attributes) octets(direction string) int64 {
	return a.count("Acct-"+direction+"-Gigawords")<<32 + a.count("Acct-"+direction+"-Octets")
}

// unfoldBytes reverses rlm_rest's encoding of text, which writes each byte of UTF-8 as a character
// (é as \u00C3\u00A9). Text in another form is returned unchanged, because newer versions write
// characters.
func unfoldBytes(text string) string {
	plain := true
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	folded := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return text
		}
		folded = append(folded, byte(r))
	}
	if !utf8.Valid(folded) {
		return text
	}
	return string(folded)
}

// octetStrings returns the values of an attribute of type octets, decoded from hexadecimal.
func (a attributes) octetStrings(name string) [][]byte {
	var all [][]byte
	for _, value := range a.all(name) {
		octets := []byte(value)
		if digits, ok := strings.CutPrefix(value, "0x"); ok {
			if plain, err := hex.DecodeString(digits); err == nil {
				octets = plain
			}
		}
		all = append(all, octets)
	}
	return all
}

// pseudonymAttribute is the Chargeable-User-Identity (RFC 4372). An access request with this
// attribute asks for the pseudonym.
const pseudonymAttribute = "Chargeable-User-Identity"

// pseudonym returns the first Chargeable-User-Identity, or "".
func (a attributes) pseudonym() string {
	for _, value := range a.octetStrings(pseudonymAttribute) {
		return string(value)
	}
	return ""
}

// hotspotAttribute holds the hotspot's ID from FreeRADIUS's client entry. Our configuration sets
// it; its number cannot occur in a packet.
const hotspotAttribute = "Onramp-Hotspot"

// accessPoint returns the request's claims about its access point.
func (a attributes) accessPoint() radius.AccessPointIdentity {
	address := a.text("NAS-IP-Address")
	if address == "" {
		address = a.text("NAS-IPv6-Address")
	}
	return radius.AccessPointIdentity{
		Client: a.text(hotspotAttribute), NASIdentifier: a.device("NAS-Identifier"),
		CalledStation: a.device("Called-Station-Id"), Address: address,
		Operator: a.device("Operator-Name"),
	}
}

// dateLayouts are the formats in which FreeRADIUS writes an attribute of type date.
var dateLayouts = []string{"Jan _2 2006 15:04:05 MST", time.RFC3339}

// instant parses an attribute of type date: seconds since 1970, or a date. Our configuration
// appends microseconds after a plus sign, because FreeRADIUS writes them without leading zeros. It
// returns nil if the attribute is absent or does not parse.
func (a attributes) instant(name string) *time.Time {
	text := a.text(name)
	if text == "" {
		return nil
	}
	whole, fraction, more := strings.Cut(text, "+")
	if seconds, err := strconv.ParseInt(whole, 10, 64); err == nil {
		var micros uint64
		if more {
			micros, err = strconv.ParseUint(fraction, 10, 20)
		}
		if err != nil || micros > 999999 || seconds < 0 || seconds > 1<<33 {
			return nil
		}
		at := time.Unix(seconds, int64(micros)*1000).UTC()
		return &at
	}
	for _, layout := range dateLayouts {
		at, err := time.ParseInLocation(layout, text, time.Local)
		if err != nil {
			continue
		}
		// Go parses an unknown zone abbreviation as UTC; such a time is ambiguous.
		if zone, offset := at.Zone(); offset == 0 && zone != "UTC" && zone != "GMT" && zone != "" {
			return nil
		}
		at = at.UTC()
		return &at
	}
	return nil
}
