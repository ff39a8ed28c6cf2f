package tenant

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"onramp/onboarding"
)

func checkSegments(o *onboarding.Organization, f *findings) {
	ids := map[string]string{}
	for i := range o.Segments {
		s := &o.Segments[i]
		at := fmt.Sprintf("segments[%d]", i)
		f.id(at+".id", s.ID)
		f.unique(at+".id", s.ID, ids)
		f.name(at+".name", s.Name)
		checkCondition(o, f, at+".when", &s.When)
	}
}

func checkCondition(o *onboarding.Organization, f *findings, at string, c *onboarding.SegmentCondition) {
	if empty(c) {
		f.refuse(at, "missing", "give at least one condition, such as {minVisits: 10}",
			"has no condition; the segment would hold every customer")
		return
	}
	f.interval(at, "minVisits", "maxVisits", c.MinVisits, c.MaxVisits, 1_000_000)
	f.interval(at, "minVisitedLocations", "", c.MinVisitedLocations, nil, 1_000_000)
	f.interval(at, "minAge", "maxAge", c.MinAge, c.MaxAge, 150)
	f.ages(at, c)
	f.oneOf(at+".frequency", c.Frequency, "daily", "weekly", "monthly", "occasional")
	f.oneOf(at+".gender", c.Gender, "male", "female", "other")
	for i, code := range c.Language {
		f.language(fmt.Sprintf("%s.language[%d]", at, i), code)
	}
	for i, code := range c.Country {
		if tidy, err := onboarding.ParseCountry("", code); err != nil || strings.ToLower(tidy) != code {
			f.refuse(fmt.Sprintf("%s.country[%d]", at, i), "country", "such as it or fr",
				"must be an ISO 3166-1 alpha-2 code in lower case, not %q", brief(code))
		}
	}
	for i, id := range c.Locations {
		if o.Location(id) == nil {
			f.refuse(fmt.Sprintf("%s.locations[%d]", at, i), "unknown-location", "", "%q is not one of the locations",
				brief(id))
		}
	}
	for i, key := range c.Accepted {
		checkKnownPolicy(o, f, fmt.Sprintf("%s.accepted[%d]", at, i), key)
	}
	for i, key := range c.Refused {
		field := fmt.Sprintf("%s.refused[%d]", at, i)
		checkKnownPolicy(o, f, field, key)
		if slices.Contains(c.Accepted, key) {
			f.refuse(field, "contradiction", "", "%s is also among the accepted; the segment would always be empty",
				brief(key))
		}
	}
}

// empty reports whether there is no condition. An empty list is none.
func empty(c *onboarding.SegmentCondition) bool {
	v := reflect.ValueOf(*c)
	for i := range v.NumField() {
		if member := v.Field(i); member.Kind() == reflect.Slice && member.Len() > 0 ||
			member.Kind() != reflect.Slice && !member.IsZero() {
			return false
		}
	}
	return true
}

func checkKnownPolicy(o *onboarding.Organization, f *findings, field, key string) {
	if !o.KnowsPolicy(key) {
		f.refuse(field, "policy-key", "", "%q is not one of the policies", brief(key))
	}
}

// interval requires bounds of 0 to most, the lower one not above the upper one.
func (f *findings) interval(at, minName, maxName string, low, high *int, most int) {
	for _, bound := range []struct {
		name  string
		value *int
	}{{minName, low}, {maxName, high}} {
		if bound.value != nil && (*bound.value < 0 || *bound.value > most) {
			f.refuse(at+"."+bound.name, "range", "", "must be 0 to %d, not %d", most, *bound.value)
		}
	}
	if low != nil && high != nil && *low > *high {
		f.refuse(at+"."+maxName, "contradiction", "", "is below %s; the segment would always be empty", minName)
	}
}

func (f *findings) ages(at string, c *onboarding.SegmentCondition) {
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"visitedWithin", c.VisitedWithin}, {"notVisitedWithin", c.NotVisitedWithin}} {
		if d.value < 0 || d.value > 100*365*24*time.Hour {
			f.refuse(at+"."+d.name, "range", "", "must be more than 0 and at most 36500d, not %v", d.value)
		}
	}
	if c.VisitedWithin > 0 && c.NotVisitedWithin >= c.VisitedWithin {
		f.refuse(at+".notVisitedWithin", "contradiction", "",
			"is not below visitedWithin; the segment would always be empty")
	}
}

func (f *findings) oneOf(at string, values []string, known ...string) {
	for i, v := range values {
		if !slices.Contains(known, v) {
			f.refuse(fmt.Sprintf("%s[%d]", at, i), "unknown-value", "", "must be one of %s, not %q",
				strings.Join(known, ", "), brief(v))
		}
	}
}
