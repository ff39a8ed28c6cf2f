package onboarding

import (
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// maxPhoneText is the most bytes of a phone number as it is typed, its invisible characters included.
const maxPhoneText = 250

// phoneParser returns parsePhone for numbers of one default country.
func phoneParser(country string) func(field, text string) (string, error) {
	return func(field, text string) (string, error) { return parsePhone(field, text, country) }
}

// parsePhone reads a phone number as phones and people write it and returns its E.164 form. A number without a country's prefix is one
// of the country given, an ISO 3166-1 code or "". A possible number is enough: only a message to it shows whether it is assigned.
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

// phoneReading is one way to read a phone number.
type phoneReading struct {
	text, country string
	onlyValid     bool // the reading is a guess: a merely possible number is not enough
}

// phoneReadings returns the ways to read a cleaned number, the likeliest first.
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
	if trunk := trunkZero.ReplaceAllString(typed, ""); trunk != typed { // +39 (0)347: the zero is dialled only at home
		all = append(all, phoneReading{text: trunk, country: country, onlyValid: true})
	}
	return all
}

var trunkZero = regexp.MustCompile(`\(\s*0\s*\)`)

// cleanPhone removes what a telephone's own software or a web page puts around a number (direction marks, `tel:`, brackets around the
// prefix) and turns digits and plus signs of any script into those of ASCII.
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

// telephoneURI returns the number in the rest of a tel: URI (RFC 3966): without parameters, and behind its context where that is a prefix.
func telephoneURI(rest string) string {
	number, parameters, _ := strings.Cut(strings.TrimSpace(rest), ";")
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.EqualFold(name, "phone-context") && strings.HasPrefix(value, "+") && !strings.HasPrefix(number, "+") {
			return value + number
		}
	}
	return strings.TrimSpace(number)
}
