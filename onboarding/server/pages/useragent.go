package pages

import (
	"strings"

	"onramp/onboarding"
)

// userAgent is a User-Agent header split into its parts (RFC 9110, section 10.1.5).
type userAgent struct {
	whole string
	// platform is the first comment, where browsers name the operating system, or the whole header
	// if there is none.
	platform string
	// products are the product names outside comments, in order and without versions.
	products []string
}

// maxUserAgent limits the bytes of a User-Agent header that are read.
const maxUserAgent = 1000

// parseUserAgent splits a header. From a header that breaks the grammar, it returns the parts that
// it can read.
func parseUserAgent(header string) userAgent {
	a := userAgent{whole: onboarding.CutText(header, maxUserAgent)}
	var outside strings.Builder
	depth, start := 0, 0
	for i, r := range a.whole {
		switch {
		case r == '(':
			if depth == 0 {
				start = i + 1
			}
			depth++
		case r == ')' && depth > 0:
			depth--
			if depth == 0 {
				if a.platform == "" {
					a.platform = a.whole[start:i]
				}
				outside.WriteByte(' ')
			}
		case depth == 0:
			outside.WriteRune(r)
		}
	}
	if a.platform == "" {
		a.platform = a.whole
	}
	for _, product := range strings.Fields(outside.String()) {
		name, _, _ := strings.Cut(product, "/")
		if strings.Trim(name, "0123456789.,;:-_") != "" { // else a version that a space splits
			a.products = append(a.products, name)
		}
	}
	return a
}

// names reports whether one of the products is among names.
func (a userAgent) names(names ...string) bool {
	for _, product := range a.products {
		for _, name := range names {
			if product == name {
				return true
			}
		}
	}
	return false
}

// beyond returns the first product that is not among known, or "".
func (a userAgent) beyond(known ...string) string {
	for _, product := range a.products {
		if !(userAgent{products: known}).names(product) {
			return product
		}
	}
	return ""
}

// on reports whether the platform comment contains one of the words.
func (a userAgent) on(words ...string) bool {
	for _, word := range words {
		if strings.Contains(a.platform, word) {
			return true
		}
	}
	return false
}
