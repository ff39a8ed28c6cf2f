package tenantfile

import "onramp/onboarding"

func segmentKeys(s *onboarding.Segment) keys {
	return keys{
		{"id", text(&s.ID).needed().like(idPattern, idForm), "The ID of the segment."},
		{"name", text(&s.Name).needed().upTo(onboarding.MaxName), "The name of the segment."},
		{"when", block(conditionKeys(&s.When)).needed().ruled(object{"minProperties": 1}), "The conditions, at least " +
			"one. A customer who meets all of them is in the segment; a condition on an unknown fact is not met."},
	}
}

func conditionKeys(when *onboarding.SegmentCondition) keys {
	const most = 1_000_000
	return keys{
		{"minVisits", number(&when.MinVisits).between(0, most), "At least this many visits."},
		{"maxVisits", number(&when.MaxVisits).between(0, most), "At most this many visits."},
		{"minVisitedLocations", number(&when.MinVisitedLocations).between(0, most), "Visits at this many locations."},
		{"visitedWithin", duration(&when.VisitedWithin).bounded("at most 36500d"), "Seen at most this long ago."},
		{"notVisitedWithin", duration(&when.NotVisitedWithin).bounded("at most 36500d"), "Not seen for this long."},
		{"frequency", texts(&when.Frequency).among("daily", "weekly", "monthly", "occasional"),
			"One of these frequencies of visits."},
		{"minAge", number(&when.MinAge).between(0, 150), "At least this age in years."},
		{"maxAge", number(&when.MaxAge).between(0, 150), "At most this age in years."},
		{"accepted", texts(&when.Accepted).bounded("keys of `policies`, `profiling` or `ppd`"),
			"Accepted all of these policies."},
		{"refused", texts(&when.Refused).bounded("keys of `policies`, `profiling` or `ppd`"),
			"Accepted none of these policies."},
		{"gender", texts(&when.Gender).among("male", "female", "other"), "One of these genders."},
		{"language", texts(&when.Language).coded(codeLanguage, "ISO 639-1 codes"), "One of these languages."},
		{"country", texts(&when.Country).coded(codeCountry, "ISO 3166-1 codes in lower case"),
			"One of these countries."},
		{"locations", texts(&when.Locations).bounded("IDs of `locations`"), "Visited one of these locations."},
	}
}
