package verification

import (
	"strings"
	"unicode/utf8"

	"onramp/onboarding"
)

const hidden = "•••"

// Mask returns an address by which its owner recognises it, without most of its characters: the
// first character of an e-mail address and its domain, or the last three digits of a phone number.
func Mask(channel onboarding.VerifyChannel, address string) string {
	if address == "" {
		return ""
	}
	if channel == onboarding.VerifySMS {
		return hidden + " " + address[max(len(address)-3, 0):]
	}
	local, domain, _ := onboarding.CutLastAt(address)
	_, size := utf8.DecodeRuneInString(local)
	return strings.ToValidUTF8(local[:size], "") + hidden + "@" + domain
}
