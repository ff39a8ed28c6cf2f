package store

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"onramp/onboarding"
)

// The traits of a customer are its columns of few values in one number, whose bits the migration
// contact_counts sets. The table customer_counts holds the number of customers by location and
// traits.
const (
	traitHasEmail      = 1
	traitEmailVerified = 2
	traitHasPhone      = 4
	traitPhoneVerified = 8
	traitLocked        = 16
	traitMktg          = 32   // times 1 refused, 2 accepted
	traitAge           = 128  // likewise
	traitSignupMethod  = 512  // times the index in traitMethods; 3 for any other
	traitGender        = 2048 // times 1 female, 2 male, 3 other

	twoBits = 3 // times a trait of more than two values, its bits
)

var traitMethods = []onboarding.Channel{onboarding.ChannelAPI, onboarding.ChannelApp, onboarding.ChannelPortal}

// traitsOfRow describes the traits of a row of customers.
type traitsOfRow struct {
	expression string // that the index on them has
	stored     bool   // indexes hold them, so that a condition on them needs no row
}

// traitSet selects the customers of whom a trait, the bits of the mask, has one of the values.
type traitSet struct {
	mask    int
	values  []int
	columns string // the same condition on the columns of customers; no index serves it
}

// condition returns the condition on the number of the traits, an expression.
func (t *traitSet) condition(traits string) string {
	texts := make([]string, len(t.values))
	for i, v := range t.values {
		texts[i] = strconv.Itoa(v)
	}
	return fmt.Sprintf("(%s & %d) IN (%s)", traits, t.mask, strings.Join(texts, ", "))
}

// flag returns the set for a trait of one bit.
func flag(bit int, want bool, columns string) traitSet {
	if want {
		return traitSet{bit, []int{bit}, columns}
	}
	return traitSet{bit, []int{0}, "NOT (" + columns + ")"}
}

// traitsOf returns the sets that a filter selects, and whether these and the locations are all of
// the filter.
func traitsOf(f *onboarding.ContactFilter) (sets []traitSet, exact bool) {
	rest := *f
	rest.LocationIDs = nil
	for _, c := range []struct {
		bit     int
		want    **bool
		columns string
	}{
		{traitHasEmail, &rest.HasEmail, emailColumn.in(idColumn) + " IS NOT NULL"},
		{traitEmailVerified, &rest.EmailVerified, "email_verified"},
		{traitHasPhone, &rest.HasPhone, phoneColumn.in(idColumn) + " IS NOT NULL"},
		{traitPhoneVerified, &rest.PhoneVerified, "phone_verified"},
	} {
		if *c.want != nil {
			sets = append(sets, flag(c.bit, **c.want, c.columns))
			*c.want = nil
		}
	}
	if set, ok := methodTraits(f.SignupMethods); ok {
		sets = append(sets, set)
		rest.SignupMethods = nil
	}
	others := map[string]bool{}
	for _, policy := range slices.Sorted(maps.Keys(f.OptIns)) {
		accepted := f.OptIns[policy]
		o, ok := optInTraits[policy]
		switch {
		case !ok:
			others[policy] = accepted
		case accepted:
			sets = append(sets, traitSet{twoBits * o.trait, []int{2 * o.trait}, o.column})
		default:
			sets = append(sets, traitSet{twoBits * o.trait, []int{0, o.trait}, o.column + " IS NOT TRUE"})
		}
	}
	if rest.OptIns = nil; len(others) > 0 {
		rest.OptIns = others
	}
	return sets, rest.Empty()
}

var optInTraits = map[string]struct {
	trait  int
	column string
}{
	onboarding.MktgCommunication: {traitMktg, "mktg_communications"},
	onboarding.AgeVerification:   {traitAge, "age_verification"},
}

// methodTraits returns the set for a list of sign-up methods; false for an empty list, and for one
// with a method that has no trait of its own.
func methodTraits(methods []onboarding.Channel) (set traitSet, ok bool) {
	set.mask = twoBits * traitSignupMethod
	var names []string
	for _, m := range methods {
		i := slices.Index(traitMethods, m)
		if i < 0 {
			return set, false
		}
		set.values = append(set.values, i*traitSignupMethod)
		names = append(names, "'"+string(m)+"'")
	}
	set.columns = "signup_method IN (" + strings.Join(names, ", ") + ")"
	return set, len(methods) > 0
}
