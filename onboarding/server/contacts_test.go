package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// contactFields is the API's list of a contact's fields with their types besides null.
var contactFields = map[string]string{
	"cid": "id", "title": "text", "firstName": "text", "lastName": "text", "gender": "text", "birthDate": "text",
	"birthDay": "text", "age": "integer",
	"country": "text", "zipCode": "text", "created": "utc", "createdBusiness": "time", "modified": "utc",
	"email": "text", "emailVerified": "boolean",
	"emailValid": "boolean", "phone": "text", "phoneNumber": "text", "phonePrefix": "text", "phoneVerified": "boolean",
	"signupMethod":       "text",
	"externalIdentityId": "text", "username": "text", "locked": "boolean", "organizationCid": "id", "locationCid": "id",
	"locationName": "text",
	"system":       "text", "enabled": "boolean", "type": "text", "personalId": "text", "externalSource": "text",
	"lastLogin": "utc", "logins": "integer",
	"language": "text", "splashLanguage": "text", "segmentCids": "text", "segments": "list", "policies": "list",
	"genericCustomField": "list",
	"extId":              "object", "metrics": "object",
}

var metricFields = map[string]string{
	"frequencyMonthlyVisit": "number", "compassTopLocation": "text", "compassTopLocationCount": "integer",
	"topFrequencyBuckets": "text", "lastVisitVenue": "text",
	"prefVisitWDay": "integer", "lastVisitDateUtc": "utc", "lastVisitDateBusiness": "time", "avgVisitLength": "number",
	"countVisitedLocations": "integer",
	"countTotalVisits":      "integer", "prefVisitTimebucket": "text", "prefVisitTimeHour": "text",
	"conversionRate": "number", "avgDaysBetweenVisits": "number",
}

// hasFields checks that an object has these members and no others, each of its type; some may be
// null.
func hasFields(t *testing.T, what string, object map[string]any, fields map[string]string, nullable func(string) bool) {
	t.Helper()
	for name := range object {
		if fields[name] == "" {
			t.Errorf("%s has a member %s, which is not the API's", what, name)
		}
	}
	for name, kind := range fields {
		value, there := object[name]
		if !there {
			t.Errorf("%s has no member %s", what, name)
			continue
		}
		if value == nil {
			if !nullable(name) {
				t.Errorf("%s: %s is null", what, name)
			}
			continue
		}
		if !isA(kind, value) {
			t.Errorf("%s: %s is %#v, which is no %s", what, name, value, kind)
		}
	}
}

func isA(kind string, value any) bool {
	text, isText := value.(string)
	number, isNumber := value.(json.Number)
	switch kind {
	case "text":
		return isText
	case "id":
		return isText && len(text) == 32 && strings.Trim(text, "0123456789abcdef") == ""
	case "utc", "time":
		at, err := time.Parse(time.RFC3339Nano, text)
		return err == nil && (kind == "time" || strings.HasSuffix(text, "Z")) && !at.IsZero()
	case "boolean":
		_, ok := value.(bool)
		return ok
	case "integer":
		return isNumber && !strings.ContainsAny(string(number), ".eE")
	case "number":
		return isNumber
	case "list":
		_, ok := value.([]any)
		return ok
	default:
		_, ok := value.(map[string]any)
		return ok
	}
}

// exactly is an answer's JSON with numbers as they were written.
func (a *answer) exactly() map[string]any {
	a.t.Helper()
	d := json.NewDecoder(strings.NewReader(string(a.raw)))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		a.t.Fatal(err)
	}
	return v
}

// TestContactObject: a customer with all members and a history, compared with the API's list of
// fields.
func TestContactObject(t *testing.T) {
	h := newOffice(t)
	registered := h.moveTo("2026-03-02T12:00:00Z")
	id := h.enrol(map[string]any{
		"username": "anna", "password": "secret", "firstName": "Anna", "lastName": "Rossi", "title": "Dr",
		"email": "Anna@example.com", "emailVerified": true,
		"phoneNumber": "+39 06 1234 5678", "phoneVerified": true, "gender": "F", "birthDate": "1990-03-03",
		"language": "it", "country": "it", "zipCode": "00100",
		"document": map[string]any{"personalId": "P1"}, "extId": "4711", "extProp2": "two",
		"custom": map[string]any{"shoe": 42, "colour": "red"},
		"source": "campaign", "locationId": annexID, "browserLanguage": "it-IT",
		"policies": map[string]any{
			"termsOfUse": true, "privacy": true, "mktgCommunications": false, "customs.mail": true,
		}, "profiling": true, "ppd": true,
	})
	h.login("anna")
	h.stay("anna", "session-1", registered.Add(time.Hour), 30*time.Minute)
	h.moveTo("2026-03-04T12:00:00Z")

	answer := h.get("/v2/customers/"+id, h.manager).want(http.StatusOK).exactly()
	if len(answer) != 2 || answer["generated"] == nil {
		t.Errorf("the answer has not just generated and customer: %v", answer)
	}
	c := answer["customer"].(map[string]any)
	never := func(name string) bool { return name == "externalIdentityId" }
	hasFields(t, "contact", c, contactFields, never)
	metrics := c["metrics"].(map[string]any)
	// one visit
	hasFields(t, "metrics", metrics, metricFields, func(name string) bool {
		return name == "topFrequencyBuckets" ||
			name == "avgDaysBetweenVisits"
	})
	for name, want := range map[string]any{
		"cid": id, "title": "Dr", "firstName": "Anna", "lastName": "Rossi", "gender": "female", "birthDate": "1990",
		"birthDay": "03-03", "age": json.Number("36"),
		"country": "it", "zipCode": "00100", "created": "2026-03-02T12:00:00Z",
		"createdBusiness": "2026-03-02T07:00:00-05:00", "email": "Anna@example.com",
		"emailVerified": true, "emailValid": true, "phone": "+390612345678", "phoneNumber": "0612345678",
		"phonePrefix": "+39", "phoneVerified": true,
		"signupMethod": "api", "username": "anna", "locked": false, "enabled": true, "organizationCid": demoID,
		"locationCid": annexID, "locationName": "Annex",
		"system": "campaign", "type": "guest", "personalId": "P1", "lastLogin": "2026-03-02T12:00:00.000Z",
		"externalSource": "onramp", "logins": json.Number("1"), "language": "it", "splashLanguage": "it-IT",
		"segmentCids": segmentID,
	} {
		if c[name] != want {
			t.Errorf("%s is %#v, want %#v", name, c[name], want)
		}
	}
	if got, want := jsonOf(t, c["segments"]), `[{"cid":"`+segmentID+`","name":"Italians"}]`; got != want {
		t.Errorf("segments %s, want %s", got, want)
	}
	if got, want := jsonOf(t,
		c["genericCustomField"]), `[{"key":"colour","value":"red"},{"key":"shoe","value":"42"}]`; got != want {
		t.Errorf("genericCustomField %s, want %s", got, want)
	}
	if got, want := jsonOf(t, c["extId"]), `{"id":"4711","prop2":"two"}`; got != want {
		t.Errorf("extId %s, want %s", got, want)
	}
	const date = `"date":"2026-03-02T12:00:00.000Z"`
	if got, want := jsonOf(t, c["policies"]), `[{"accepted":true,`+date+
		`,"name":"termsOfUse","version":"1.00"},{"accepted":true,`+date+`,"name":"privacy","version":"1.00"},`+
		`{"accepted":false,`+date+`,"name":"mktgCommunications","version":"2"},{"accepted":true,`+date+
		`,"name":"customs.mail","version":"3"},`+
		`{"accepted":true,`+date+`,"name":"ppd","version":"1.00"},{"accepted":true,`+date+
		`,"name":"profiling","version":"1.00"}]`; got != want {
		t.Errorf("policies %s, want %s", got, want)
	}
	if metrics["countTotalVisits"] != json.Number("1") || metrics["lastVisitVenue"] != demoLocation {
		t.Errorf("metrics %v", metrics)
	}
	// The list shows the same object.
	if list := h.search().want(http.StatusOK).exactly()["customers"].([]any); jsonOf(t, list[0]) != jsonOf(t, c) {
		t.Errorf("the list shows %s\nthe contact is %s", jsonOf(t, list[0]), jsonOf(t, c))
	}
}

// TestBareContact: without data every field is present and null; no metrics are shown
// who did not agree to them.
func TestBareContact(t *testing.T) {
	h := newOffice(t)
	for _, consents := range []map[string]any{
		{}, {"profiling": true}, {"ppd": true}, {"profiling": false, "ppd": true}, {"profiling": true, "ppd": false},
	} {
		id := h.enrol(consents)
		h.login(h.username(id))
		h.stay(h.username(id), "session of "+id, h.clock.now().Add(-time.Hour), 30*time.Minute)
		c := h.get("/v2/customers/"+id, h.manager).want(http.StatusOK).exactly()["customer"].(map[string]any)
		needed := strings.Split("cid created createdBusiness modified emailVerified phoneVerified signupMethod "+
			"username locked organizationCid enabled type logins segmentCids segments policies genericCustomField "+
			"extId metrics", " ")
		hasFields(t, "contact", c, contactFields, func(name string) bool { return !slices.Contains(needed, name) })
		hasFields(t, "metrics", c["metrics"].(map[string]any), metricFields, func(name string) bool {
			if v := c["metrics"].(map[string]any)[name]; v != nil {
				t.Errorf("%v: the metric %s is %v", consents, name, v)
			}
			return true
		})
		if c["segmentCids"] != "" || jsonOf(t, c["segments"]) != "[]" || jsonOf(t, c["extId"]) != "{}" || jsonOf(t,
			c["genericCustomField"]) != "[]" {
			t.Errorf("%s", jsonOf(t, c))
		}
	}
	for name, want := range map[string]int{"nobody": http.StatusNotFound} {
		h.get("/v2/customers/"+name, h.manager).blames(want, "")
	}
	h.get("/v2/customers/"+h.enrol(nil), h.rival).blames(http.StatusNotFound, "")
}

// TestAges counts years on the calendar.
func TestAges(t *testing.T) {
	h := newOffice(t)
	born := map[string]string{
		"today": "1990-03-01", "tomorrow": "1990-03-02", "leap": "2004-02-29", "new": "2026-02-28",
	}
	ids := map[string]string{}
	for name, date := range born {
		ids[name] = h.enrol(map[string]any{"birthDate": date})
	}
	for day, want := range map[string]map[string]string{
		"2026-03-01T09:00:00Z": {"today": "36", "tomorrow": "35", "leap": "22", "new": "0"},
		"2027-02-28T23:00:00Z": {"today": "36", "tomorrow": "36", "leap": "22", "new": "1"},
		"2028-02-29T00:00:00Z": {"today": "37", "tomorrow": "37", "leap": "24", "new": "2"},
	} {
		h.moveTo(day)
		for name, age := range want {
			c := h.get("/v2/customers/"+ids[name], h.manager).want(http.StatusOK).exactly()["customer"].(map[string]any)
			if c["age"] != json.Number(age) {
				t.Errorf("on %s who was born %s is %v, want %s", day, born[name], c["age"], age)
			}
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
