package onboarding

import (
	"maps"
	"slices"
	"strings"
)

// contactSort is a sortBy of the API in terms of the store.
type contactSort struct {
	order ContactOrder
	// opposite is set where the API's value is the opposite of the column's.
	opposite bool
	// same names that of which everybody has the same value, so that only the ties are left.
	same string
}

// contactSorts are the API's names. Mandatory policies are accepted by everybody who is registered, and everybody is a guest.
var contactSorts = map[string]contactSort{
	"firstName":         {order: ByFirstName},
	"lastName":          {order: ByLastName},
	"gender":            {order: ByGender},
	"birthDate":         {order: ByBirthDate},
	"country":           {order: ByCountry},
	"created":           {order: ByCreated},
	"created_absolute":  {order: ByCreated},
	"modified_absolute": {order: ByModified},
	"privacy":           {same: "privacy"},
	"termsOfUse":        {same: "termsOfUse"},
	"type":              {same: "type"},
	MktgCommunication:   {order: ByMktgCommunications},
	AgeVerification:     {order: ByAgeVerification},
	"phone":             {order: ByPhone},
	"phoneVerified":     {order: ByPhoneVerified},
	"email":             {order: ByEmail},
	"emailVerified":     {order: ByEmailVerified},
	"provider":          {order: BySignupMethod},
	"username":          {order: ByUsername},
	"locked":            {order: ByLocked},
	"enabled":           {order: ByLocked, opposite: true},
	"locations":         {order: ByLocationName},
	"system":            {order: BySystem},
	"totalVisits":       {order: ByTotalVisits},
	"visitedLocations":  {order: ByVisitedLocations},
}

// sorting is the order and direction that sortBy and sortReverse mean.
func sorting(sortBy string, reverse bool) (ContactOrder, bool, error) {
	if sortBy == "" {
		return ByID, false, nil
	}
	by, ok := contactSorts[sortBy]
	switch {
	case !ok:
		return "", false, InvalidField("sortBy", "not one of %s", strings.Join(slices.Sorted(maps.Keys(contactSorts)), ", "))
	case by.same != "":
		return ByID, false, nil
	default:
		return by.order, reverse != by.opposite, nil
	}
}
