package tenant

import (
	"go.yaml.in/yaml/v3"

	"onramp/onboarding"
)

func (r *reader) segment(at path, n *yaml.Node) onboarding.Segment {
	var s onboarding.Segment
	when := &s.When
	r.mapping(at, n, members{
		"id":   r.textTo(&s.ID),
		"name": r.textTo(&s.Name),
		"when": func(at path, n *yaml.Node) {
			r.mapping(at, n, members{
				"minVisits":           r.optionalNumber(&when.MinVisits),
				"maxVisits":           r.optionalNumber(&when.MaxVisits),
				"minVisitedLocations": r.optionalNumber(&when.MinVisitedLocations),
				"visitedWithin":       r.duration(&when.VisitedWithin),
				"notVisitedWithin":    r.duration(&when.NotVisitedWithin),
				"frequency":           r.textList(&when.Frequency),
				"minAge":              r.optionalNumber(&when.MinAge),
				"maxAge":              r.optionalNumber(&when.MaxAge),
				"accepted":            r.textList(&when.Accepted),
				"refused":             r.textList(&when.Refused),
				"gender":              r.textList(&when.Gender),
				"language":            r.textList(&when.Language),
				"country":             r.textList(&when.Country),
				"locations":           r.textList(&when.Locations),
			})
		},
	})
	return s
}
