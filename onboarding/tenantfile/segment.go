package tenantfile

import "onramp/onboarding"

func segmentKeys(s *onboarding.Segment) keys {
	when := &s.When
	return keys{
		{"id", text(&s.ID)},
		{"name", text(&s.Name)},
		{"when", block(keys{
			{"minVisits", number(&when.MinVisits)},
			{"maxVisits", number(&when.MaxVisits)},
			{"minVisitedLocations", number(&when.MinVisitedLocations)},
			{"visitedWithin", duration(&when.VisitedWithin)},
			{"notVisitedWithin", duration(&when.NotVisitedWithin)},
			{"frequency", texts(&when.Frequency)},
			{"minAge", number(&when.MinAge)},
			{"maxAge", number(&when.MaxAge)},
			{"accepted", texts(&when.Accepted)},
			{"refused", texts(&when.Refused)},
			{"gender", texts(&when.Gender)},
			{"language", texts(&when.Language)},
			{"country", texts(&when.Country)},
			{"locations", texts(&when.Locations)},
		})},
	}
}
