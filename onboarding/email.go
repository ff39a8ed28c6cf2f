package onboarding

import (
	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
	"net/mail"
	"strings"
	"unicode"
)

// maxEmail is the most bytes of an e-mail address (RFC 5321 section 4.5.3.1).
const maxEmail = 254

// parseEmail reads an e-mail address. Blanks and invisible characters around it, which copying leaves there, are removed; an invisible one
// inside is refused. The address is kept as it was written, in Unicode's composed form.
func ParseEmail(field, text string) (string, error) {
	text = trimInvisible(text)
	if text == "" {
		return "", InvalidField(field, "not an e-mail address")
	}
	if err := CheckText(field, text, maxEmail); err != nil {
		return "", err
	}
	text = norm.NFC.String(text)
	if strings.ContainsFunc(text, notInAddress) {
		return "", InvalidField(field, "an invisible character")
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Name != "" || a.Address != text || strings.ContainsAny(text, " \"<>,;") {
		return "", InvalidField(field, "not an e-mail address")
	}
	_, domain, _ := CutLastAt(text)
	if _, err := asciiDomain(domain); err != nil {
		return "", InvalidField(field, "not an e-mail address: its domain is no domain name")
	}
	return text, nil
}

// notInAddress reports whether a character has no place in an address: spaces, format characters and fillers without a shape.
func notInAddress(r rune) bool { return unicode.IsSpace(r) || invisible(r) }

// searchedEmail returns an address to search by. A blank inside it was a + that a URL turned into a space.
func SearchedEmail(field, text string) (string, error) {
	text = trimInvisible(text)
	if text == "" {
		return "", InvalidField(field, "empty")
	}
	if err := CheckText(field, text, MaxName); err != nil {
		return "", err
	}
	return EmailKey(strings.ReplaceAll(text, " ", "+")), nil
}

// EmailKey returns the form in which e-mail addresses are compared: without invisible characters, composed, in lower case, the domain as
// its A-label (RFC 5890).
func EmailKey(address string) string {
	address = strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, address)
	address = norm.NFC.String(strings.ToLower(norm.NFC.String(address)))
	local, domain, ok := CutLastAt(address)
	if !ok {
		return address
	}
	if ascii, err := asciiDomain(domain); err == nil {
		domain = ascii
	}
	return local + "@" + domain
}

// asciiDomain returns a domain name with A-labels in place of its U-labels.
func asciiDomain(domain string) (string, error) {
	for i := range len(domain) {
		if domain[i] >= 0x80 {
			return idna.Lookup.ToASCII(domain)
		}
	}
	return strings.ToLower(domain), nil
}
