package onboarding

import (
	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
	"net/mail"
	"strings"
	"unicode"
)

// maxEmail is the maximum length of an e-mail address in bytes (RFC 5321 section 4.5.3.1).
const maxEmail = 254

// ParseEmail parses an e-mail address. It removes spaces and invisible characters at both ends
// (residue of copying) and refuses invisible characters inside. The result keeps the spelling, in
// Unicode normalization form C.
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
		return "", InvalidField(field, "contains an invisible character")
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Name != "" || a.Address != text || strings.ContainsAny(text, " \"<>,;") {
		return "", InvalidField(field, "not an e-mail address")
	}
	_, domain, _ := CutLastAt(text)
	if _, err := asciiDomain(domain); err != nil {
		return "", InvalidField(field, "not an e-mail address: its domain is invalid")
	}
	return text, nil
}

// notInAddress reports whether a character is never part of an address: spaces, format characters
// and invisible fillers.
func notInAddress(r rune) bool { return unicode.IsSpace(r) || invisible(r) }

// SearchedEmail parses an address of a search. A space inside it was a + before URL decoding.
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

// EmailKey returns the form in which e-mail addresses are compared: normalized (NFC), without
// invisible characters, in lower case, the domain as its A-label (RFC 5890).
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

// asciiDomain returns a domain name with its U-labels replaced by A-labels.
func asciiDomain(domain string) (string, error) {
	for i := range len(domain) {
		if domain[i] >= 0x80 {
			return idna.Lookup.ToASCII(domain)
		}
	}
	return strings.ToLower(domain), nil
}
