package server

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"onramp/onboarding/server/web"
)

// FuzzSearchParameters: every query is parsed, or one of its parameters is refused.
func FuzzSearchParameters(f *testing.F) {
	for _, q := range []string{
		"", "size=7&sortBy=created&sortReverse=true", "createdStart=2026-03-29T12:00:00+02:00&createdEnd=2026-03-29",
		"customOptIn.a=true&customOptin.b=FALSE",
		"locationCids=" + demoLocation + ",,&signupMethods=app", "sid=AAAA&size=", "phoneNumber=+39123&email=a%40b",
		"modifiedEnd=2026-03-29T12:00:00,123456789Z",
	} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		values, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		q := web.NewQuery(values)
		search := contactSearch(q.Strict())
		if q.Err() != nil {
			if e := q.Err().Error(); e == "" {
				t.Error("refused without a word")
			}
			return
		}
		for _, at := range []*time.Time{search.CreatedFrom, search.CreatedTo, search.ModifiedFrom, search.ModifiedTo} {
			if at != nil && (at.Location() != time.UTC || at.Year() < 0 || !at.Equal(at.Truncate(time.Microsecond))) {
				t.Errorf("%v is no instant in UTC to the microsecond", at)
			}
		}
		if _, err := json.Marshal(search); err != nil {
			t.Errorf("a scroll cannot hold %+v: %v", search, err)
		}
	})
}
