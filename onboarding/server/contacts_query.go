package server

import (
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/server/web"
)

// Prefixes of the parameters for a tenant's own consents.
var optInSpellings = []string{"customOptIn.", "customOptin."}

// optIns returns the consents of the search, by policy.
func optIns(q *web.Query) map[string]bool {
	asked := map[string]bool{}
	add := func(parameter, policy string) {
		if accepted := q.Boolean(parameter); accepted != nil {
			if _, twice := asked[policy]; twice {
				q.Refuse(parameter, "given twice")
			}
			asked[policy] = *accepted
		}
	}
	add(onboarding.MktgCommunication, onboarding.MktgCommunication)
	add(onboarding.AgeVerification, onboarding.AgeVerification)
	for _, parameter := range q.Names() {
		for _, spelling := range optInSpellings {
			if name, ok := strings.CutPrefix(parameter, spelling); ok {
				add(parameter, "customs."+name)
			}
		}
	}
	if len(asked) == 0 {
		return nil
	}
	return asked
}

// contactSearch reads all parameters of a search.
func contactSearch(q *web.Query) contacts.ContactSearch {
	search := contacts.ContactSearch{
		ContactFilter: onboarding.ContactFilter{
			Search: q.Text("q"), Email: q.Text("email"), Phone: q.Text("phoneNumber"), Username: q.Text("username"),
			ExtID: q.Text("extId"), ExtProp1: q.Either("extProp1", "extPro1"),
			ExtProp2: q.Either("extProp2", "extPro2"),
			HasEmail: q.Boolean("hasEmail"), EmailVerified: q.Boolean("emailVerified"),
			HasPhone: q.Boolean("hasPhone"), PhoneVerified: q.Boolean("phoneVerified"),
			LocationIDs: q.List("locationCids"), SegmentIDs: q.List("segmentCids"),
			CreatedFrom: q.Date("createdStart", false), CreatedTo: q.Date("createdEnd", true),
			ModifiedFrom: q.Date("modifiedStart", false), ModifiedTo: q.Date("modifiedEnd", true),
			OptIns: optIns(q),
		},
		Size: q.Number("size"), SortBy: q.Text("sortBy"), SortReverse: q.Boolean("sortReverse"),
	}
	for _, method := range q.List("signupMethods") {
		search.SignupMethods = append(search.SignupMethods, onboarding.Channel(method))
	}
	search.Scroll = q.Raw("sid") // an empty one is malformed and does not start a scroll
	return search
}
