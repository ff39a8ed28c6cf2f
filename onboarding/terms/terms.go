// Package terms holds the rules of the search for contacts: the terms under which a customer is
// found, and the prefixes that a query asks for. A store keeps the terms of each customer and finds
// those that begin with a prefix.
//
// # Decisions
//
// Texts are normalised here and not in SQL. Reason: the engines compare letters and accents in
// different ways, and both must find the same customers.
//
// A term has no field. Reason: a query names none, and one range of an index serves a word of it.
// The address of a station is no term; a store finds it in the stations themselves, which change
// with each connection.
//
// The numbers of identity documents are no terms: they are stored sealed.
package terms

import (
	"maps"
	"slices"
	"strings"

	"onramp/onboarding"
)

const (
	// maxTerm is the maximum length of a term and of a prefix in bytes.
	maxTerm = 255
	// MaxTerms is the maximum number of terms of a customer. Names of more words keep the first.
	MaxTerms = 64
)

// Of returns the terms of a customer, sorted and without duplicates.
func Of(c *onboarding.Customer) []string {
	set := map[string]bool{}
	add := func(terms ...string) {
		for _, term := range terms {
			if term = cut(term); term != "" && len(set) < MaxTerms {
				set[term] = true
			}
		}
	}
	add(strings.Fields(Fold(c.Username))...)
	add(address(Fold(c.Email)))
	add(numbers(c.Phone)...)
	add(words(Fold(c.FirstName))...)
	add(words(Fold(c.LastName))...)
	return slices.Sorted(maps.Keys(set))
}

// numbers returns the terms of a phone number: E.164 with its plus, and the national form.
func numbers(phone string) []string {
	digits, international := strings.CutPrefix(phone, "+")
	if !international {
		return []string{phone}
	}
	for n := min(onboarding.MaxCallingCode, len(digits)); n > 0; n-- {
		if onboarding.CallingCodes[digits[:n]] {
			return []string{phone, digits[n:]}
		}
	}
	return []string{phone, digits}
}

// cut shortens a term to maxTerm.
func cut(term string) string { return onboarding.CutText(term, maxTerm) }
