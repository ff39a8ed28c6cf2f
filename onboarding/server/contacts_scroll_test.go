package server

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
)

// TestScroll reads pages by sId alone, and with the first request's parameters.
func TestScroll(t *testing.T) {
	h := newOffice(t)
	var all []string
	for i := range 25 {
		all = append(all, h.enrol(map[string]any{
			"firstName": fmt.Sprint(i % 3), "email": fmt.Sprintf("a%d@example.com", i),
		}))
	}
	slices.Sort(all)
	asked := []string{"size", "10", "hasEmail", "true", "sortBy", "privacy"} // all the same: by ID
	first := h.search(asked...)
	second := h.search("sid", first.text("sId"))
	third := h.search(append([]string{"sid", second.text("sId")}, asked...)...)
	if _, more := third.json["sId"]; more {
		t.Errorf("the last page has a sId: %s", third.raw)
	}
	got := slices.Concat(first.cids(), second.cids(), third.cids())
	if !slices.Equal(got, all) {
		t.Errorf("got %v, want %v", got, all)
	}
	for i, page := range []*answer{first, second, third} {
		if page.json["totalCount"] != 25.0 || page.json["count"] != []any{10.0, 10.0, 5.0}[i] {
			t.Errorf("page %d: %v of %v", i, page.json["count"], page.json["totalCount"])
		}
	}
	// An answer that was lost is asked for again, as often as need be, and totalCount is counted
	// once.
	h.enrol(map[string]any{"email": "late@example.com"})
	for range 3 {
		again := h.search("sid", first.text("sId"))
		if !slices.Equal(again.cids(), second.cids()) || again.json["totalCount"] != 25.0 {
			t.Error("the same sId brings another page")
		}
	}
	// A page that ends exactly with the last contact is the last.
	whole := h.search("size", "26")
	if _, more := whole.json["sId"]; more || len(whole.cids()) != 26 {
		t.Errorf("26 of 26: %s", whole.raw)
	}
	if _, more := h.search("size", "25").json["sId"]; !more {
		t.Error("25 of 26, and no sId")
	}
	none := h.search("email", "nobody@example.com")
	if _, more := none.json["sId"]; more || none.json["totalCount"] != 0.0 || !strings.Contains(string(none.raw),
		`"customers":[]`) {
		t.Errorf("%s", none.raw)
	}
}

// TestScrollAsksTheSame: parameters next to a sid must equal the first request's.
func TestScrollAsksTheSame(t *testing.T) {
	h := newOffice(t)
	for range 3 {
		h.enrol(map[string]any{"email": "a@example.com", "emailVerified": true, "phoneNumber": "+39123456789",
			"phoneVerified": true, "extId": "1", "extProp1": "2", "extProp2": "3", "country": "IT",
			"policies": map[string]any{
				"termsOfUse": true, "privacy": true, "mktgCommunications": true, "ageVerification": true,
				"customs.mail": true,
			}})
	}
	asked := map[string]string{
		"size": "2", "hasEmail": "true", "emailVerified": "true", "hasPhone": "true", "phoneVerified": "true",
		"signupMethods": "api,app", "locationCids": demoLocation + "," + annexID,
		"segmentCids": segmentID, "createdStart": "2020-01-01", "createdEnd": "2030-01-01",
		"modifiedStart": "2020-01-01T00:00:00Z", "modifiedEnd": "2030-01-01T00:00:00.5+02:00",
		"mktgCommunications": "true", "ageVerification": "true", "customOptIn.mail": "true", "sortBy": "created",
		"sortReverse": "true",
		"q":           "a@ex",
		"email":       "a@example.com", "phoneNumber": "+39123456789", "extId": "1", "extProp1": "2", "extProp2": "3",
	}
	pairs := func(m map[string]string) (all []string) {
		for name, value := range m {
			all = append(all, name, value)
		}
		return all
	}
	sid := h.search(pairs(asked)...).text("sId")
	h.search(append([]string{"sid", sid}, pairs(asked)...)...).want(http.StatusOK)
	// The same in other words is the same.
	for name, value := range map[string]string{
		"signupMethods": "app,api,app", "locationCids": annexID + "," + demoLocation,
		"createdStart": "2020-01-01T01:00:00+01:00", "createdEnd": "2030-01-01T23:59:59.999999Z",
		"q":     "A@EX",
		"email": "A@EXAMPLE.com", "phoneNumber": "+39 123 456 789", "sortBy": "created_absolute", "hasEmail": "TRUE",
		"customOptin.mail": "true",
	} {
		h.search("sid", sid, name, value).want(http.StatusOK)
	}
	for name, value := range map[string]string{
		"size": "3", "hasEmail": "false", "emailVerified": "false", "hasPhone": "false", "phoneVerified": "false",
		"signupMethods": "api", "locationCids": demoLocation,
		"segmentCids": nobodyID, "createdStart": "2020-01-02", "createdEnd": "2029-01-01",
		"modifiedStart": "2019-01-01", "modifiedEnd": "2031-01-01",
		"mktgCommunications": "false", "ageVerification": "false", "customOptIn.mail": "false",
		"customOptIn.mail2": "true", "customOptin.mail2": "false", "sortBy": "lastName", "sortReverse": "false",
		"q":     "b@ex",
		"email": "b@example.com", "phoneNumber": "+39123456780", "username": "anna", "extId": "2", "extProp1": "1",
		"extProp2": "1",
	} {
		h.search("sid", sid, name, value).blames(http.StatusConflict,
			strings.Replace(name, "customOptin", "customOptIn", 1))
	}
	// A new parameter differs from the first request.
	plain := h.search("size", "2").text("sId")
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		switch name {
		case "size":
		case "sortReverse":
			h.search("sid", plain, name, "true").blames(http.StatusConflict, name)
			h.search("sid", plain, name, "false").want(http.StatusOK)
		default:
			h.search("sid", plain, name, asked[name]).blames(http.StatusConflict, name)
		}
	}
}

// TestScrollEnds: a sid is good for two minutes, of its own tenant, on its own route, unchanged to
// the last bit.
func TestScrollEnds(t *testing.T) {
	h := newOffice(t)
	for range 3 {
		h.enrol(map[string]any{"email": "secret@example.com"})
	}
	begin := func() string { return h.search("size", "1", "email", "secret@example.com").text("sId") }
	sid := begin()
	for what, path := range map[string]string{
		"another tenant's": "/v2/customers/organizations/" + rivalID + "?sid=" + sid,
		"another route's":  "/v1/organizations/" + demoID + "/events?enableScroll=true&scrollId=" + sid,
	} {
		token := h.manager
		if strings.Contains(path, rivalID) {
			token = h.rival
		}
		if a := h.get(path, token); a.status != http.StatusNotFound || strings.Contains(string(a.raw), "secret") {
			t.Errorf("%s: %d %s", what, a.status, a.raw)
		}
	}
	h.get("/v2/customers/organizations/"+rivalID+"?sid="+sid, h.manager).blames(http.StatusNotFound, "")
	h.clock.advance(2 * time.Minute)
	h.search("sid", sid).want(http.StatusOK)
	next := h.search("sid", sid).text("sId") // each page brings a new one, good for as long again
	h.clock.advance(time.Millisecond)
	h.search("sid", sid).blames(http.StatusNotFound, "")
	h.clock.advance(time.Minute)
	h.search("sid", next).want(http.StatusOK)
	h.clock.advance(time.Hour)
	h.search("sid", next).blames(http.StatusNotFound, "")

	// It reveals nothing of its content, and two of the same are different.
	sid = begin()
	if plain, err := base64.RawURLEncoding.DecodeString(sid); err != nil || strings.Contains(string(plain),
		"secret") || strings.Contains(sid, "secret") {
		t.Errorf("the sid shows its filter, or is not base64url: %v", err)
	}
	if sid == begin() {
		t.Error("two sids are the same")
	}
	// The use case returns the same errors as the route, in less time.
	by := h.caller(h.manager)
	try := func(changed string) error {
		_, err := h.service.Contacts.Search(t.Context(), by, demoID, contacts.ContactSearch{Scroll: &changed})
		return err
	}
	for i := range len(sid) {
		for bit := range 8 {
			changed := []byte(sid)
			changed[i] ^= 1 << bit
			if err := try(string(changed)); onboarding.KindOf(err) != onboarding.NotFound {
				t.Fatalf("bit %d of byte %d flipped: %v", bit, i, err)
			}
		}
		for _, changed := range []string{
			sid[:i], sid[:i] + sid[i+1:], sid[i:] + "A", sid[:i] + "\n" + sid[i:], sid[:i] + "=" + sid[i:],
		} {
			if err := try(changed); onboarding.KindOf(err) != onboarding.NotFound {
				t.Fatalf("changed at %d: %v", i, err)
			}
		}
	}
	for _, changed := range []string{
		sid + "A", sid + "=", sid + "\n", "\n" + sid, sid + "\r\n", " " + sid, sid + sid, sid[:len(sid)-4] + "AAAA",
	} {
		h.get(searchPath+"?sid="+url.QueryEscape(changed), h.manager).blames(http.StatusNotFound, "")
	}
	h.search("sid", sid).want(http.StatusOK)
	// Another deployment's key opens nothing here.
	other := newOffice(t)
	other.clock.at.Store(h.clock.at.Load())
	for range 2 {
		other.enrol(nil)
	}
	h.search("sid", other.search("size", "1").text("sId")).blames(http.StatusNotFound, "")
}

// FuzzScroll: no text that we did not give out opens a scroll.
func FuzzScroll(f *testing.F) {
	h := newHouse(f)
	for range 2 {
		h.post("/v3/customers", h.manager, map[string]any{"policies": map[string]any{
			"termsOfUse": true, "privacy": true,
		}}).want(http.StatusCreated)
	}
	sid := h.get(searchPath+"?size=1", h.manager).text("sId")
	for _, text := range []string{
		"", sid[1:], sid[:len(sid)-1], sid + "A", strings.ToUpper(sid), "AAAA", strings.Repeat("A", 1000), "\x00", "é",
	} {
		f.Add(text)
	}
	by := h.caller(h.manager)
	f.Fuzz(func(t *testing.T, text string) {
		_, err := h.service.Contacts.Search(t.Context(), by, demoID, contacts.ContactSearch{Scroll: &text})
		if text != sid && onboarding.KindOf(err) != onboarding.NotFound {
			t.Errorf("%q: %v", text, err)
		}
	})
}
