package contacts

import (
	"maps"
	"slices"
	"strings"

	"onramp/onboarding"
)

// contactSort maps a sortBy value of the API to the store's order.
type contactSort struct {
	order onboarding.ContactOrder
	// opposite is set where the API's value is the opposite of the column's.
	opposite bool
	// same is set where all contacts have the same value and the order is by ID.
	same string
}

// contactSorts maps the API's sortBy values. All contacts have accepted the mandatory policies and
// are guests.
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

// sorting returns the store's order and direction for sortBy and sortReverse.
func sorting(sortBy string, reverse bool) (onboarding.ContactOrder, bool, error) {
	if sortBy == "" {
		return onboarding.ByID, false, nil
	}
	by, ok := contactSorts[sortBy]
	switch {
	case !ok:
		return "", false, onboarding.InvalidField("sortBy", "not one of %s",
			strings.Join(slices.Sorted(maps.Keys(contactSorts)), ", "))
	case by.same != "":
		return onboarding.ByID, false, nil
	default:
		return by.order, reverse != by.opposite, nil
	}
}
