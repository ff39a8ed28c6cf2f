package onboarding

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// The most digits of an E.164 number, and the fewest of a national one.
const (
	maxPhoneDigits = 15
	minPhoneDigits = 4
)

// searchedPhone checks a phone number to search by and returns it in the one form in which searches are compared: its digits, with a plus
// where the country's prefix is certain.
func searchedPhone(field, text string) (string, error) {
	if len(text) > maxPhoneText {
		return "", InvalidField(field, "longer than %d bytes", maxPhoneText)
	}
	typed := cleanPhone(text)
	if strings.HasPrefix(text, " ") && !strings.HasPrefix(typed, "+") { // a + that a URL turned into a space
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
	if len(digits) < minPhoneDigits || len(digits) > maxPhoneDigits+2 || strings.ContainsRune(digits, unicode.ReplacementChar) {
		return "", InvalidField(field, "not a possible phone number")
	}
	return digits, nil
}

// PhonesMeant returns the E.164 numbers that a number to search by may stand for, as searchedPhone returns it: one with a plus stands for
// itself, any other for the possible numbers of every country.
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

// mainRegions has a region for each country calling code.
var mainRegions = func() map[string]string {
	regions := map[string]string{}
	for code := range callingCodes {
		n := 0
		for _, digit := range code {
			n = n*10 + int(digit-'0')
		}
		regions[code] = phonenumbers.GetRegionCodeForCountryCode(n)
	}
	return regions
}()
