package contacts

import (
	"maps"
	"slices"
	"strings"

	"onramp/onboarding"
)

// contactSort is a sortBy of the API in terms of the store.
type contactSort struct {
	order onboarding.ContactOrder
	// opposite is set where the API's value is the opposite of the column's.
	opposite bool
	// same names that of which everybody has the same value, so that only the ties are left.
	same string
}

// contactSorts are the API's names. Mandatory policies are accepted by everybody who is registered, and everybody is a guest.
var contactSorts = map[string]contactSort{
	"firstName":                  {order: onboarding.ByFirstName},
	"lastName":                   {order: onboarding.ByLastName},
	"gender":                     {order: onboarding.ByGender},
	"birthDate":                  {order: onboarding.ByBirthDate},
	"country":                    {order: onboarding.ByCountry},
	"created":                    {order: onboarding.ByCreated},
	"created_absolute":           {order: onboarding.ByCreated},
	"modified_absolute":          {order: onboarding.ByModified},
	"privacy":                    {same: "privacy"},
	"termsOfUse":                 {same: "termsOfUse"},
	"type":                       {same: "type"},
	onboarding.MktgCommunication: {order: onboarding.ByMktgCommunications},
	onboarding.AgeVerification:   {order: onboarding.ByAgeVerification},
	"phone":                      {order: onboarding.ByPhone},
	"phoneVerified":              {order: onboarding.ByPhoneVerified},
	"email":                      {order: onboarding.ByEmail},
	"emailVerified":              {order: onboarding.ByEmailVerified},
	"provider":                   {order: onboarding.BySignupMethod},
	"username":                   {order: onboarding.ByUsername},
	"locked":                     {order: onboarding.ByLocked},
	"enabled":                    {order: onboarding.ByLocked, opposite: true},
	"locations":                  {order: onboarding.ByLocationName},
	"system":                     {order: onboarding.BySystem},
	"totalVisits":                {order: onboarding.ByTotalVisits},
	"visitedLocations":           {order: onboarding.ByVisitedLocations},
}

// sorting is the order and direction that sortBy and sortReverse mean.
func sorting(sortBy string, reverse bool) (onboarding.ContactOrder, bool, error) {
	if sortBy == "" {
		return onboarding.ByID, false, nil
	}
	by, ok := contactSorts[sortBy]
	switch {
	case !ok:
		return "", false, onboarding.InvalidField("sortBy", "not one of %s", strings.Join(slices.Sorted(maps.Keys(contactSorts)), ", "))
	case by.same != "":
		return onboarding.ByID, false, nil
	default:
		return by.order, reverse != by.opposite, nil
	}
}
