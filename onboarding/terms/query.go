package terms

import (
	"fmt"
	"slices"
	"strings"

	"onramp/onboarding"
)

const (
	// MaxQuery is the maximum length of a query in bytes, MaxWords that of its words.
	MaxQuery = 255
	MaxWords = 8
)

// Query is a query for customers: each word must match.
type Query []Word

// Word is a word of a query. It matches a customer with a term that begins with one of Terms, or
// with a station whose address begins with one of Stations (02:00:00:aa:bb:cc).
type Word struct {
	Terms    []string
	Stations []string
}

// Canonical checks the text of a query and returns the form that equal queries share.
func Canonical(field, text string) (string, error) {
	if err := onboarding.CheckText(field, text, MaxQuery); err != nil {
		return "", err
	}
	text = strings.Join(strings.Fields(Fold(text)), " ")
	switch n := len(Parse(text)); {
	case n == 0:
		return "", onboarding.InvalidField(field, "has no visible character")
	case n > MaxWords:
		return "", onboarding.InvalidField(field, "more than %d words", MaxWords)
	}
	return text, nil
}

// Parse returns the words of a query.
func Parse(text string) Query {
	tokens := strings.Fields(Fold(text))
	for i := range tokens {
		tokens[i] = address(tokens[i])
	}
	var q Query
	for i, token := range tokens {
		number := numberAround(tokens, i)
		if strings.HasPrefix(number, "+") && strings.LastIndexByte(number, '+') == 0 {
			q = q.with(Word{Terms: []string{number}}) // with its plus, it is nothing but a number
			continue
		}
		whole := Word{Terms: []string{token}, Stations: stations(token)}
		whole.Terms = append(whole.Terms, dialled(number)...)
		if len(tokens) > 1 && strings.Contains(text, "@") { // a + before URL decoding
			whole.Terms = append(whole.Terms, strings.Join(tokens, "+"))
		}
		parts := words(token)
		if len(parts) == 0 && len(tokens) == 1 || len(whole.Stations) > 0 && octets(token) {
			parts = []string{token}
		}
		for _, part := range parts {
			q = q.with(Word{Terms: shortest(append(slices.Clone(whole.Terms), part)), Stations: whole.Stations})
		}
	}
	return q
}

// with returns the query and another word, unless it is there already.
func (q Query) with(w Word) Query {
	if slices.ContainsFunc(q, func(other Word) bool { return slices.Equal(other.Terms, w.Terms) }) {
		return q
	}
	return append(q, w)
}

// shortest returns the prefixes that no other one begins, sorted.
func shortest(prefixes []string) []string {
	for i := range prefixes {
		prefixes[i] = cut(prefixes[i])
	}
	slices.Sort(prefixes)
	kept := prefixes[:1]
	for _, prefix := range prefixes[1:] {
		if !strings.HasPrefix(prefix, kept[len(kept)-1]) {
			kept = append(kept, prefix)
		}
	}
	return kept
}

// numberAround returns the digits of the phone number that the token is a part of, with its plus,
// or nothing.
func numberAround(tokens []string, i int) string {
	if !dialable(tokens[i]) {
		return ""
	}
	begin, end := i, i+1
	for begin > 0 && dialable(tokens[begin-1]) {
		begin--
	}
	for end < len(tokens) && dialable(tokens[end]) {
		end++
	}
	return onboarding.DialedDigits(strings.Join(tokens[begin:end], ""))
}

// dialable reports whether a token may be a part of a phone number.
func dialable(token string) bool {
	return strings.Trim(token, "0123456789+()-./") == "" && strings.ContainsAny(token, "0123456789+")
}

// dialled returns the prefixes of the terms of a phone number, by its digits as people write them:
// with 00, with the zero that is dialled only within a country, or without any.
func dialled(digits string) []string {
	if digits == "" || strings.Contains(digits, "+") {
		return nil
	}
	prefixes := []string{digits, "+" + digits}
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		if rest != "" {
			prefixes = append(prefixes, "+"+rest)
		}
	} else if rest, ok := strings.CutPrefix(digits, "0"); ok && rest != "" {
		prefixes = append(prefixes, rest)
	}
	return prefixes
}

// octets reports whether a token is written in pairs of characters.
func octets(token string) bool {
	pairs := strings.FieldsFunc(token, func(r rune) bool { return r == ':' || r == '-' })
	for i, pair := range pairs {
		if len(pair) > 2 || len(pair) < 2 && i < len(pairs)-1 {
			return false
		}
	}
	return len(pairs) > 1
}

// The digits of a station's address, and the fewest that a query searches it by: three octets.
const (
	stationDigits      = 12
	fewestStationDigit = 6
)

// stations returns the beginning of the station's address that a token may be.
func stations(token string) []string {
	digits := strings.NewReplacer(":", "", "-", "", ".", "").Replace(token)
	if len(digits) < fewestStationDigit || len(digits) > stationDigits ||
		strings.Trim(digits, "0123456789abcdef") != "" {
		return nil
	}
	var mac strings.Builder
	for i, digit := range digits {
		if i > 0 && i%2 == 0 {
			mac.WriteByte(':')
		}
		fmt.Fprintf(&mac, "%c", digit)
	}
	return []string{mac.String()}
}
