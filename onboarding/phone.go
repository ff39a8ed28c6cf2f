package onboarding

import (
	"github.com/nyaruka/phonenumbers"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// MaxCallingCode is the length of the longest country calling code (E.164 section 6.2.1). No code
// is a prefix of another.
const MaxCallingCode = 3

var CallingCodes = func() map[string]bool {
	codes := map[string]bool{}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		codes[strconv.Itoa(code)] = true
	}
	return codes
}()

// maxPhoneText is the maximum length in bytes of a phone number as typed, invisible characters
// included.
const maxPhoneText = 250

// PhoneParser returns a parser of phone numbers with a default country.
func PhoneParser(country string) func(field, text string) (string, error) {
	return func(field, text string) (string, error) { return parsePhone(field, text, country) }
}

// parsePhone parses a phone number as written by phones and people and returns its E.164 form. A
// number without a country prefix belongs to country, an ISO 3166-1 code or "". A possible number
// is enough: only a message to it shows whether it is assigned.
func parsePhone(field, text, country string) (string, error) {
	if len(text) > maxPhoneText {
		return "", InvalidField(field, "longer than %d bytes", maxPhoneText)
	}
	typed := cleanPhone(text)
	possible := ""
	for _, reading := range phoneReadings(typed, country) {
		n, err := phonenumbers.Parse(reading.text, reading.country)
		if err != nil || !phonenumbers.IsPossibleNumber(n) {
			continue
		}
		e164 := phonenumbers.Format(n, phonenumbers.E164)
		if phonenumbers.IsValidNumber(n) {
			return e164, nil
		}
		if possible == "" && !reading.onlyValid {
			possible = e164
		}
	}
	switch {
	case possible != "":
		return possible, nil
	case country == "" && !strings.HasPrefix(typed, "+"):
		return "", InvalidField(field, "not an international phone number (E.164, +39...)")
	default:
		return "", InvalidField(field, "not a possible phone number")
	}
}

// phoneReading is one interpretation of a phone number.
type phoneReading struct {
	text, country string
	onlyValid     bool // the interpretation is a guess, and needs a valid number
}

// phoneReadings returns the interpretations of a cleaned number, the most likely first.
func phoneReadings(typed, country string) []phoneReading {
	var all []phoneReading
	if strings.HasPrefix(typed, "+") || country != "" {
		all = append(all, phoneReading{text: typed, country: country})
	}
	if rest, ok := strings.CutPrefix(typed, "00"); ok {
		all = append(all, phoneReading{text: "+" + rest})
	} else if !strings.HasPrefix(typed, "+") {
		all = append(all, phoneReading{text: "+" + typed, onlyValid: true})
	}
	// +39 (0)347: the zero is dialled only within the country.
	if trunk := trunkZero.ReplaceAllString(typed, ""); trunk != typed {
		all = append(all, phoneReading{text: trunk, country: country, onlyValid: true})
	}
	return all
}

var trunkZero = regexp.MustCompile(`\(\s*0\s*\)`)

// cleanPhone removes the marks that phones and web pages add to a number (direction marks,
// `tel:`, brackets around the prefix) and converts digits and plus signs of any script to ASCII.
func cleanPhone(text string) string {
	text = strings.TrimSpace(asciiForms(text))
	if len(text) > 4 && strings.EqualFold(text[:4], "tel:") {
		text = telephoneURI(text[4:])
	}
	if rest := strings.TrimLeft(text, "([ "); strings.HasPrefix(rest, "+") { // (+39) 339...
		return rest
	}
	return text
}

// telephoneURI returns the number in the rest of a tel: URI (RFC 3966), without its parameters
// and with its phone-context in front if that is a prefix.
func telephoneURI(rest string) string {
	number, parameters, _ := strings.Cut(strings.TrimSpace(rest), ";")
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(name, "phone-context") && strings.HasPrefix(value, "+") &&
			!strings.HasPrefix(number, "+") {
			return value + number
		}
	}
	return strings.TrimSpace(number)
}

// PhoneCountry returns the ISO 3166-1 code of the country of phone numbers without a prefix: the
// tenant's setting, or else the country of the location's time zone; "" if unknown.
func (o *Organization) PhoneCountry(locationID string) string {
	if o.Portal.PhoneCountry != "" {
		return o.Portal.PhoneCountry
	}
	if l := o.Location(locationID); l != nil {
		return zoneCountry(l.Timezone)
	}
	return ""
}

// The maximum number of digits of an E.164 number, and the minimum of a national one.
const (
	maxPhoneDigits = 15
	minPhoneDigits = 4
)

// SearchedPhone parses a phone number of a search and returns its form for comparison: digits,
// with a plus if the country prefix is certain.
func SearchedPhone(field, text string) (string, error) {
	if len(text) > maxPhoneText {
		return "", InvalidField(field, "longer than %d bytes", maxPhoneText)
	}
	typed := cleanPhone(text)
	if strings.HasPrefix(text, " ") && !strings.HasPrefix(typed, "+") { // a + before URL decoding
		if e164, err := parsePhone(field, "+"+typed, ""); err == nil {
			return e164, nil
		}
	}
	if strings.HasPrefix(typed, "+") {
		return parsePhone(field, typed, "")
	}
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case unicode.IsSpace(r) || strings.ContainsRune("-./()[]~", r):
			return -1
		}
		return unicode.ReplacementChar
	}, typed)
	if len(digits) < minPhoneDigits || len(digits) > maxPhoneDigits+2 ||
		strings.ContainsRune(digits, unicode.ReplacementChar) {
		return "", InvalidField(field, "not a possible phone number")
	}
	return digits, nil
}

// PhonesMeant returns the E.164 numbers that a result of SearchedPhone may stand for: with a
// plus, only itself; otherwise the possible numbers of every country.
func PhonesMeant(phone string) []string {
	if phone == "" || phone[0] == '+' {
		return []string{phone}
	}
	meant := map[string]bool{}
	add := func(digits string) {
		if digits != "" && len(digits) <= maxPhoneDigits {
			meant["+"+digits] = true
		}
	}
	add(phone)
	if rest, ok := strings.CutPrefix(phone, "00"); ok {
		add(rest)
	}
	for code, region := range mainRegions {
		if len(code)+len(phone) > maxPhoneDigits+1 {
			continue
		}
		add(code + phone) // the national form that a contact shows
		if n, err := phonenumbers.Parse(phone, region); err == nil && phonenumbers.IsPossibleNumber(n) {
			add(strings.TrimPrefix(phonenumbers.Format(n, phonenumbers.E164), "+"))
		}
	}
	return slices.Sorted(maps.Keys(meant))
}

// mainRegions maps each country calling code to its main region.
var mainRegions = func() map[string]string {
	regions := map[string]string{}
	for code := range CallingCodes {
		n := 0
		for _, digit := range code {
			n = n*10 + int(digit-'0')
		}
		regions[code] = phonenumbers.GetRegionCodeForCountryCode(n)
	}
	return regions
}()

// DialedDigits returns the digits of a shown phone number, and its leading +, as a tel: link takes
// them (RFC 3966).
func DialedDigits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, phone)
}
