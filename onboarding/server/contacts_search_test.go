package server

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSearch asks for each thing that can be asked for, and for things together.
func TestSearch(t *testing.T) {
	h := newOffice(t)
	h.moveTo("2026-03-29T12:00:00Z")
	anna := h.enrol(map[string]any{"username": "anna", "email": "Anna@Example.com", "emailVerified": true, "extId": "1",
		"country": "IT",
		"policies": map[string]any{
			"termsOfUse": true, "privacy": true, "mktgCommunications": true, "customs.mail": true,
			"ageVerification": false,
		}})
	h.moveTo("2026-03-29T12:00:30.5Z")
	bob := h.enrol(map[string]any{"username": "bob", "phoneNumber": "+39123456789", "phoneVerified": true,
		"extProp1": "a", "extProp2": "b", "locationId": annexID,
		"policies": map[string]any{
			"termsOfUse": true, "privacy": true, "mktgCommunications": false, "customs.mail2": true,
			"customs.mail": false,
		}})
	h.moveTo("2026-03-30T00:00:00Z")
	cleo := h.post("/v3/customers", h.app, with(person("cleo"),
		map[string]any{
			"emailVerified": true,
			"policies":      map[string]any{"termsOfUse": true, "privacy": true, "ageVerification": true},
		})).
		want(http.StatusCreated).text("id")
	stranger := h.post("/v3/customers", h.rival, map[string]any{
		"email": "anna@example.com", "extId": "1", "policies": map[string]any{"termsOfUse": true, "privacy": true},
	}).text("id")
	h.moveTo("2026-03-31T00:00:00Z")
	h.put("/v3/customers/"+anna, h.manager, map[string]any{"title": "Dr"}).want(http.StatusOK)

	for _, tt := range []struct {
		asked []string
		found []string
	}{
		{nil, []string{anna, bob, cleo}},
		{[]string{"hasEmail", "true"}, []string{anna, cleo}},
		{[]string{"hasEmail", "false"}, []string{bob}},
		{[]string{"hasEmail", "TRUE"}, []string{anna, cleo}},
		{[]string{"emailVerified", "true"}, []string{anna}}, // an app's value is a claim
		{[]string{"emailVerified", "false"}, []string{bob, cleo}},
		{[]string{"hasPhone", "true"}, []string{bob}},
		{[]string{"hasPhone", "false"}, []string{anna, cleo}},
		{[]string{"phoneVerified", "true"}, []string{bob}},
		{[]string{"phoneVerified", "false"}, []string{anna, cleo}},
		{[]string{"signupMethods", "app"}, []string{cleo}},
		{[]string{"signupMethods", "api, portal"}, []string{anna, bob}},
		{[]string{"signupMethods", ",app,api,app,"}, []string{anna, bob, cleo}},
		{[]string{"locationCids", annexID}, []string{bob}},
		{[]string{"locationCids", annexID + "," + demoLocation}, []string{anna, bob, cleo}},
		{[]string{"locationCids", rivalID[:31] + "2"}, nil},
		{[]string{"segmentCids", segmentID}, []string{anna}},
		{[]string{"segmentCids", segmentID + "," + nobodyID}, []string{anna}},
		{[]string{"segmentCids", nobodyID}, nil},
		{[]string{"createdStart", "2026-03-29T12:00:30.5Z"}, []string{bob, cleo}},
		{[]string{"createdStart", "2026-03-29T12:00:30.500001Z"}, []string{cleo}},
		{[]string{"createdStart", "2026-03-30"}, []string{cleo}},
		{[]string{"createdStart", "2026-03-30T02:00:00+02:00"}, []string{cleo}},
		{[]string{"createdStart", "2026-03-30T02:00:00 02:00"}, []string{cleo}},
		{[]string{"createdStart", "2026-03-30T02:00+0200"}, []string{cleo}},
		{[]string{"createdStart", "2026-03-30T02+02"}, nil}, // refused below
		{[]string{"createdEnd", "2026-03-29T12:00:00Z"}, []string{anna}},
		{[]string{"createdEnd", "2026-03-29T12:00:00"}, []string{anna}},
		{[]string{"createdEnd", "2026-03-29T12:00"}, []string{anna, bob}},
		{[]string{"createdEnd", "2026-03-29T12:00:30"}, []string{anna, bob}},
		{[]string{"createdEnd", "2026-03-29T12:00:30.4Z"}, []string{anna}},
		{[]string{"createdEnd", "2026-03-29T12:00:30,5Z"}, []string{anna, bob}},
		{[]string{"createdEnd", "2026-03-29"}, []string{anna, bob}},
		{[]string{"createdEnd", "2026-03-28"}, nil},
		{[]string{"createdStart", "2026-03-29", "createdEnd", "2026-03-29"}, []string{anna, bob}},
		{[]string{"createdStart", "2026-03-30", "createdEnd", "2026-03-29"}, nil},
		{[]string{"modifiedStart", "2026-03-31T00:00:00Z"}, []string{anna}},
		{[]string{"modifiedEnd", "2026-03-30T23:59:59Z"}, []string{bob, cleo}},
		{[]string{"modifiedStart", "2026-03-30", "modifiedEnd", "2026-03-30"}, []string{cleo}},
		{[]string{"mktgCommunications", "true"}, []string{anna}},
		{[]string{"mktgCommunications", "false"}, []string{bob, cleo}},
		{[]string{"ageVerification", "true"}, []string{cleo}},
		{[]string{"ageVerification", "false"}, []string{anna, bob}},
		{[]string{"customOptIn.mail", "true"}, []string{anna}},
		{[]string{"customOptin.mail", "true"}, []string{anna}},
		{[]string{"customOptIn.mail", "false"}, []string{bob, cleo}},
		{[]string{"customOptIn.mail2", "true"}, []string{bob}},
		{[]string{"customOptin.mail2", "false"}, []string{anna, cleo}},
		{[]string{"customOptIn.mail", "true", "customOptin.mail2", "false"}, []string{anna}},
		{[]string{"q", "ANN"}, []string{anna}},
		{[]string{"q", "anna@EX"}, []string{anna}},
		{[]string{"q", "nna"}, nil},
		{[]string{"q", "b\u00f6b"}, []string{bob}},
		{[]string{"q", "+39 123"}, []string{bob}},
		{[]string{"q", " 39123"}, []string{bob}}, // a + before URL decoding
		{[]string{"q", "0039 123 45"}, []string{bob}},
		{[]string{"q", "1234"}, []string{bob}},
		{[]string{"q", "bob 123"}, []string{bob}},
		{[]string{"q", "bob 124"}, nil},
		{[]string{"q", "bob", "locationCids", demoLocation}, nil},
		{[]string{"q", "%' OR 1=1 --"}, nil},
		{[]string{"email", "anna@example.com"}, []string{anna}},
		{[]string{"email", "ANNA@EXAMPLE.COM"}, []string{anna}},
		{[]string{"email", "anna"}, nil},
		{[]string{"phoneNumber", "+39123456789"}, []string{bob}},
		{[]string{"phoneNumber", " 39 123 456789"}, []string{bob}},
		{[]string{"username", "bob"}, []string{bob}},
		{[]string{"username", "Bob"}, nil},
		{[]string{"extId", "1"}, []string{anna}},
		{[]string{"extProp1", "a", "extProp2", "b"}, []string{bob}},
		{[]string{"extProp1", "a", "extProp2", "a"}, nil},
		{[]string{"email", "anna@example.com", "hasPhone", "false", "emailVerified", "true", "createdEnd", "2026-03-29",
			"signupMethods", "api", "locationCids", demoLocation,
			"mktgCommunications", "true", "ageVerification", "false", "customOptIn.mail", "true", "segmentCids",
			segmentID, "sortBy", "lastName"}, []string{anna}},
		{[]string{"shoeSize", "42", "customOptin", "x", "SID", "x"}, []string{anna, bob, cleo}},
		{[]string{"email", "%' OR 1=1 --"}, nil},
		{[]string{"username", "' OR '1'='1"}, nil},
	} {
		a := h.search(tt.asked...)
		if a.status == http.StatusConflict && slices.Contains(tt.asked, "2026-03-30T02+02") {
			a.blames(http.StatusConflict, "createdStart")
			continue
		}
		a.finds(tt.found...)
		if strings.Contains(string(a.raw), stranger) {
			t.Fatalf("another organization's contact: %s", a.raw)
		}
	}
}

// TestSearchBadInput: the answer names the invalid parameter.
func TestSearchBadInput(t *testing.T) {
	h := newOffice(t)
	h.enrol(nil)
	long := strings.Repeat("a", 256)
	for name, values := range map[string][]string{
		"size": {
			"", "0", "-1", "10001", "1e2", "+5", "five", "1.0", " 5", "99999999999999999999", "0x10", "٣",
		},
		"hasEmail":           {"", "1", "yes", "null", "truee"},
		"emailVerified":      {"", "0"},
		"hasPhone":           {"", "no"},
		"phoneVerified":      {"", "t"},
		"mktgCommunications": {"", "1"},
		"ageVerification":    {"", "maybe"},
		"customOptIn.mail":   {"", "1"},
		"customOptin.mail":   {"", "1"},
		"customOptIn.":       {"true"},
		"sortReverse":        {"", "desc", "true"}, // without sortBy
		"sortBy": {
			"", "shoeSize", "firstname", "firstName ", "firstName,lastName", "signupMethod", "locationName", "id",
			"created; DROP TABLE customers", long,
		},
		"signupMethods": {"", ",", long},
		"locationCids": {
			"", ",", "x", demoLocation + ",x", strings.ToUpper(rivalID), strings.Repeat(demoLocation+",", 101),
		},
		"segmentCids": {"", " , ", "x"},
		"createdStart": {
			"", "yesterday", "2026", "2026-13-01", "2026-02-30", "29/03/2026", "2026-03-29T25:00:00Z",
			"2026-03-29T12:00:00+99:00", "1774785600", "2026-03-29Z", long,
		},
		"createdEnd":    {"", "2026-03-29T12:00:00 CET", "0000-01-01"},
		"modifiedStart": {"", "2026-3-9"},
		"modifiedEnd":   {"", "10000-01-01"},
		"email":         {"", long, "a\x01b"},
		"phoneNumber":   {"", "123", "+", "+39", "a", long},
		"username":      {"", long},
		"extId":         {"", long},
		"extProp1":      {"", long},
		"q":             {"", " ", "\u200b", "a\x00", long, "a b c d e f g h i"},
		"extProp2":      {"", long},
	} {
		for _, value := range values {
			blamed := name
			if name == "customOptin.mail" {
				blamed = name
			}
			h.search(name, value).blames(http.StatusConflict, blamed)
		}
		good := map[bool]string{
			true: "true", false: "2026-03-29",
		}[!strings.HasPrefix(name, "created") && !strings.HasPrefix(name, "modified")]
		h.search(name, good, name, good).blames(http.StatusConflict, name)
		h.search(name, good, name, good+"x").blames(http.StatusConflict, name)
	}
	h.search("customOptIn.mail", "true", "customOptin.mail", "true").blames(http.StatusConflict, "customOptin.mail")
	h.search("sid", "a", "sid", "a").blames(http.StatusConflict, "sid")
	h.search("size", "5", "size", "5").blames(http.StatusConflict, "size")
	for _, sid := range []string{
		"", "a", " ", "....", "e30", strings.Repeat("A", 100), strings.Repeat("A", 60_000), "\x00", "\xff", "ü",
	} {
		h.search("sid", sid).blames(http.StatusNotFound, "")
	}
	h.get(searchPath+"?email=%zz", h.manager).blames(http.StatusConflict, "")
	h.get(searchPath+"?email=a;b", h.manager).blames(http.StatusConflict, "")
	h.get("//v2/customers/organizations/"+demoID+"?size=1", h.manager).want(http.StatusOK)
	h.get("/v2/customers/organizations/"+rivalID, h.manager).blames(http.StatusNotFound, "")
	for _, size := range []string{"1", "10000"} {
		h.search("size", size).want(http.StatusOK)
	}
}

// sortKeys are the API's 25, each with its value of a contact: the wire's value, as something that
// compares; nil where there is none.
var sortKeys = map[string]func(c map[string]any) any{
	"firstName": wireValue("firstName"), "lastName": wireValue("lastName"), "gender": wireValue("gender"),
	"country": wireValue("country"),
	"birthDate": func(c map[string]any) any {
		if c["birthDate"] == nil {
			return nil
		}
		return c["birthDate"].(string) + c["birthDay"].(string)
	},
	"created": instantOf("created"), "created_absolute": instantOf("created"),
	"modified_absolute": instantOf("modified"),
	"privacy":           policyOf("privacy"), "termsOfUse": policyOf("termsOfUse"),
	"mktgCommunications": policyOf("mktgCommunications"), "ageVerification": policyOf("ageVerification"),
	"phone": wireValue("phone"), "phoneVerified": wireValue("phoneVerified"),
	"emailVerified": wireValue("emailVerified"),
	"email": func(c map[string]any) any {
		if c["email"] == nil {
			return nil
		}
		return strings.ToLower(c["email"].(string))
	},
	"provider": wireValue("signupMethod"), "username": wireValue("username"), "locked": wireValue("locked"),
	"locations": wireValue("locationName"),
	"system":    wireValue("system"), "enabled": wireValue("enabled"), "type": wireValue("type"),
	"totalVisits": metric("countTotalVisits"), "visitedLocations": metric("countVisitedLocations"),
}

func wireValue(name string) func(map[string]any) any {
	return func(c map[string]any) any {
		if yes, ok := c[name].(bool); ok {
			return fmt.Sprint(yes)
		}
		return c[name]
	}
}

func instantOf(name string) func(map[string]any) any {
	return func(c map[string]any) any {
		at, err := time.Parse(time.RFC3339Nano, c[name].(string))
		if err != nil {
			panic(err)
		}
		return fmt.Sprintf("%020d", at.UnixMicro())
	}
}

func policyOf(name string) func(map[string]any) any {
	return func(c map[string]any) any {
		for _, p := range c["policies"].([]any) {
			if p := p.(map[string]any); p["name"] == name {
				return fmt.Sprint(p["accepted"])
			}
		}
		return nil
	}
}

func metric(name string) func(map[string]any) any {
	return func(c map[string]any) any {
		if n, ok := c["metrics"].(map[string]any)[name].(float64); ok {
			return fmt.Sprintf("%020.0f", n)
		}
		return nil
	}
}

// TestSorts: all 25 keys in both directions, compared with the returned contacts.
func TestSorts(t *testing.T) {
	if len(sortKeys) != 25 {
		t.Fatalf("the API has 25 keys to sort by, not %d", len(sortKeys))
	}
	h := newOffice(t)
	texts := []string{"Ada", "Zoë", "bob", "ada", "Åsa", "Bob"}
	for i := range 60 {
		h.clock.advance(time.Duration(i%3) * time.Second)
		pick := func(n int) bool { return i%n != 0 }
		c := map[string]any{"policies": map[string]any{"termsOfUse": true, "privacy": true}}
		if pick(4) {
			c["firstName"], c["lastName"], c["source"] = texts[i%len(texts)], texts[(i/2)%len(texts)],
				texts[(i/3)%len(texts)]
		}
		if pick(3) {
			c["email"], c["emailVerified"] = fmt.Sprintf("%c%d@example.com", "AaBb"[i%4], i), i%2 == 0
			c["gender"], c["birthDate"] = []string{"M", "F", "O"}[i%3], fmt.Sprintf("19%d-0%d-12", 50+i%7, 1+i%9)
		}
		if pick(5) {
			c["phoneNumber"], c["phoneVerified"], c["country"] = fmt.Sprintf("+3912345%04d",
				(i*37)%1000), i%4 == 1, []string{"it", "de"}[i%2]
			c["policies"].(map[string]any)["mktgCommunications"],
				c["policies"].(map[string]any)["ageVerification"] = i%2 == 0, i%3 == 0
		}
		c["locationId"] = []string{demoLocation, annexID}[i%2]
		c["profiling"], c["ppd"] = i%7 != 0, true
		if i%11 == 0 {
			c["ppd"] = false // and so without a location
		}
		id := h.enrol(c)
		for n := range i % 4 {
			if c["profiling"] == true && c["ppd"] == true {
				h.stay(h.username(id), fmt.Sprintf("%s %d", id, n), h.clock.now().Add(time.Duration(-n-1)*24*time.Hour),
					time.Hour)
			}
		}
		if i%6 == 0 {
			h.post("/v3/customers/"+id+"/lock", h.manager, nil).want(http.StatusOK)
		}
	}
	for name, value := range sortKeys {
		for _, reverse := range []bool{false, true} {
			pairs := []string{"sortBy", name, "size", "1000"}
			if reverse {
				pairs = append(pairs, "sortReverse", "true")
			}
			got := h.search(pairs...).contacts()
			if len(got) != 60 {
				t.Fatalf("by %s: %d contacts of 60", name, len(got))
			}
			want := slices.Clone(got)
			slices.SortFunc(want, func(a, b map[string]any) int {
				v, w := value(a), value(b)
				byID := cmp.Compare(a["cid"].(string), b["cid"].(string))
				switch {
				case v == nil && w == nil:
					return byID
				case v == nil:
					return 1
				case w == nil:
					return -1
				}
				by := cmp.Compare(v.(string), w.(string))
				if reverse {
					by = -by
				}
				return cmp.Or(by, byID)
			})
			show := func(contacts []map[string]any) (all []any) {
				for _, c := range contacts {
					all = append(all, value(c), c["cid"])
				}
				return all
			}
			if jsonOf(t, show(got)) != jsonOf(t, show(want)) {
				t.Errorf("by %s, reverse %v:\ngot  %v\nwant %v", name, reverse, show(got), show(want))
			}
			// In small pages they come in the same order.
			var paged []any
			pairs[3] = "7"
			for next := h.search(pairs...); ; {
				page := next.contacts()
				paged = append(paged, show(page)...)
				sid, more := next.json["sId"].(string)
				if !more {
					break
				}
				next = h.search("sid", sid)
			}
			if jsonOf(t, paged) != jsonOf(t, show(want)) {
				t.Errorf("by %s, reverse %v, in pages:\ngot  %v\nwant %v", name, reverse, paged, show(want))
			}
		}
	}
}
