package aaa

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// attributes are the pairs of a RADIUS request as FreeRADIUS's rlm_rest posts them: {"User-Name":{"type":"string","value":["anna"]}}, or shorter,
// {"User-Name":"anna"}, as our own configuration writes them. Numbers are kept as they were written.
type attributes map[string][]string

// attributesBody is what FreeRADIUS posts: attributes of any name.
var attributesBody = &web.Wanted{Others: &web.Wanted{Members: map[string]*web.Wanted{"value": {Items: web.Simple}}, Items: web.Simple}}

// bindAttributes reads a body of them.
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

// text is the attribute's first value, empty where there is none.
func (a attributes) text(name string) string {
	if values := a[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// device is an attribute by which an access point names itself or a device. Some fill it up with NULs.
func (a attributes) device(name string) string { return strings.TrimRight(a.text(name), "\x00") }

// all are the attribute's values; our configuration writes several with commas between.
func (a attributes) all(name string) []string {
	var values []string
	for _, value := range a[name] {
		values = append(values, strings.Split(value, ",")...)
	}
	return values
}

// need refuses a request without the attribute.
func (a attributes) need(name string) (string, error) {
	if value := a.text(name); value != "" {
		return value, nil
	}
	return "", onboarding.InvalidField(name, "missing")
}

// count is the attribute as a number of 32 bits, which is what RADIUS integers have; 0 where there is none.
func (a attributes) count(name string) int64 {
	n, err := strconv.ParseUint(a.text(name), 10, 32)
	if err != nil {
		return 0
	}
	return int64(n)
}

// octets is a counter of 32 bits and the gigawords above it (RFC 2869 section 5.1).
func (a attributes) octets(direction string) int64 {
	return a.count("Acct-"+direction+"-Gigawords")<<32 + a.count("Acct-"+direction+"-Octets")
}

// unfoldBytes undoes how rlm_rest writes a text: UTF-8, each byte as if it were a character (é as \u00C3\u00A9). A text that is not of that form is
// taken as it is: newer versions write what they mean.
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

// octetStrings are the values of an attribute of type octets, which come in hex.
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

// pseudonymAttribute is the Chargeable-User-Identity (RFC 4372). A request that holds one asks for ours.
const pseudonymAttribute = "Chargeable-User-Identity"

// pseudonym is the first Chargeable-User-Identity.
func (a attributes) pseudonym() string {
	for _, value := range a.octetStrings(pseudonymAttribute) {
		return string(value)
	}
	return ""
}

// hotspotAttribute holds the hotspot's ID from FreeRADIUS's client entry. Our configuration sets it; it has a number that no packet can carry.
const hotspotAttribute = "Onramp-Hotspot"

// accessPoint is what the request says of where it came from.
func (a attributes) accessPoint() onboarding.AccessPointClaim {
	address := a.text("NAS-IP-Address")
	if address == "" {
		address = a.text("NAS-IPv6-Address")
	}
	return onboarding.AccessPointClaim{
		Client: a.text(hotspotAttribute), NASIdentifier: a.device("NAS-Identifier"), CalledStation: a.device("Called-Station-Id"), Address: address,
		Operator: a.device("Operator-Name"),
	}
}

// dateLayouts are how FreeRADIUS writes an attribute of type date.
var dateLayouts = []string{"Jan _2 2006 15:04:05 MST", time.RFC3339}

// instant is an attribute of type date: seconds since 1970, or a date. Our configuration adds microseconds after a plus sign, because FreeRADIUS writes
// them without leading zeros. nil where there is none that makes sense.
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
		// An abbreviation that is not of our own zone says nothing: Go takes it for UTC.
		if zone, offset := at.Zone(); offset == 0 && zone != "UTC" && zone != "GMT" && zone != "" {
			return nil
		}
		at = at.UTC()
		return &at
	}
	return nil
}
