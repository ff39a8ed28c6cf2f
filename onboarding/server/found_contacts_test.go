package server

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"
)

// shownContact is one contact as the API shows it.
func (h *house) shownContact(id string) map[string]any {
	h.Helper()
	return h.get("/v2/customers/"+id, h.manager).want(http.StatusOK).json["customer"].(map[string]any)
}

// phoneExists asks exist about a number as it stands in a URL.
func (h *house) existing(query string) int {
	h.Helper()
	return h.get("/v2/customers/organizations/"+demoID+"/exist?"+query, h.manager).status
}

// TestFoundA3 searches by every form of a number, and asks exist in the same way.
func TestFoundA3(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		id := h.enrol(map[string]any{"phoneNumber": "+393391234567"})
		british := h.enrol(map[string]any{"phoneNumber": "+447700900123"})
		h.enrol(map[string]any{"phoneNumber": "+393397654321"})
		national := h.shownContact(id)["phoneNumber"].(string)
		for text, want := range map[string]string{
			national: id, "+393391234567": id, "393391234567": id, "+39 339 1234567": id, " 39 339 1234567": id,
			"339 123-4567":   id,
			"00393391234567": id, "(+39) 339 1234567": id, "\u202a+39 339 1234567\u202c": id, "tel:+39-339-1234567": id,
			"7700900123": british, "07700 900123": british,
		} {
			h.search("phoneNumber", text).finds(want)
			if got := h.existing("phoneNumber=" + url.QueryEscape(text)); got != http.StatusOK {
				t.Errorf("exist by %q: %d", text, got)
			}
		}
		h.search("phoneNumber", "3399999999").finds()
		if got := h.existing("phoneNumber=3399999999"); got != http.StatusNotFound {
			t.Errorf("exist by an unknown number: %d", got)
		}
		h.post("/v3/customers?deduplicate=phoneNumber", h.manager,
			with(person("again"), map[string]any{"phoneNumber": "339 123 4567"})).want(http.StatusOK)
	})
}

// TestFoundA4 searches by words that no contact has.
func TestFoundA4(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		id := h.enrol(nil)
		for _, asked := range [][]string{
			{"signupMethods", "passthrough"}, {"customOptIn.x", "true"}, {"customOptIn.x", "false"},
			{"customOptin.a=1;b", "true"},
			{"locationCids", nobodyID}, {"segmentCids", nobodyID},
		} {
			h.search(asked...).want(http.StatusOK).finds()
		}
		h.search("signupMethods", "passthrough,api").finds(id)
	})
}

var (
	wholeSeconds = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)
	milliseconds = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	ofBusiness   = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$`)
)

// TestFoundA5 reads every time at instants whose fractions end in zeros, and finds a contact by the
// second that it shows.
func TestFoundA5(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		check := func(name string, value any, form *regexp.Regexp) {
			t.Helper()
			if text, _ := value.(string); !form.MatchString(text) {
				t.Errorf("%s is %v", name, value)
			}
		}
		policies := "/v1/organizations/" + demoID + "/policies"
		for range 4 {
			h.clock.advance(250100 * time.Microsecond)
			id := h.enrol(map[string]any{"profiling": true, "ppd": true})
			c := h.shownContact(id)
			check("created", c["created"], wholeSeconds)
			check("modified", c["modified"], wholeSeconds)
			check("createdBusiness", c["createdBusiness"], ofBusiness)
			for _, p := range c["policies"].([]any) {
				check("date", p.(map[string]any)["date"], milliseconds)
			}
			check("SDK's generated", h.get(policies, h.manager).json["generated"], milliseconds)
			check("SDK's error", h.get("/v3/customers/"+nobodyID, h.manager).json["generated"], milliseconds)
			check("generated", h.search().json["generated"], wholeSeconds)
			check("generated of an error", h.get("/v2/customers/"+nobodyID, h.manager).json["generated"], wholeSeconds)
			created := c["created"].(string)
			found := h.search("createdStart", created, "createdEnd", created, "modifiedStart", created, "modifiedEnd",
				created).cids()
			there := false
			for _, cid := range found {
				there = there || cid == id
			}
			if !there {
				t.Errorf("%s is not found by the second it shows, %s", id, created)
			}
			events := h.get("/v1/organizations/"+demoID+"/events?events=signup&dateStart="+created+"&dateEnd="+created,
				h.manager).want(http.StatusOK)
			if events.json["count"] == 0.0 {
				t.Errorf("no event at %s", created)
			}
			h.call(http.MethodDelete, "/v1/customers/"+id, h.manager, nil).want(http.StatusOK)
		}
	})
}

// TestFoundA6 shows the channel of contacts whose source is not known, and sorts by it.
func TestFoundA6(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		api := h.enrol(map[string]any{"language": "it", "profiling": true, "ppd": true})
		app := h.post("/v3/customers", h.app, person("app")).want(http.StatusCreated).text("id")
		named := h.enrol(map[string]any{"source": "campaign"})
		kiosk := h.enrol(map[string]any{"browserLanguage": "de-DE", "language": "it"})
		h.get("/v3/customers/"+kiosk+"/profile?platform=android", h.manager).want(http.StatusOK)
		for id, want := range map[string]string{api: "api", app: "mobileapp", named: "campaign", kiosk: "kiosk"} {
			if c := h.shownContact(id); c["system"] != want || c["externalSource"] != "onramp" {
				t.Errorf("system %v of %s, want %s", c["system"], c["externalSource"], want)
			}
		}
		c := h.shownContact(api)
		if c["splashLanguage"] != "it" || h.shownContact(kiosk)["splashLanguage"] != "de-DE" {
			t.Errorf("splashLanguage %v", c["splashLanguage"])
		}
		for _, p := range c["policies"].([]any) {
			if p := p.(map[string]any); p["version"] != "1.00" && (p["name"] == "profiling" || p["name"] == "ppd") {
				t.Errorf("version %v", p)
			}
		}
		var order []string
		for _, c := range h.search("sortBy", "system").json["customers"].([]any) {
			order = append(order, c.(map[string]any)["system"].(string))
		}
		if got := fmt.Sprint(order); got != "[api campaign kiosk mobileapp]" {
			t.Errorf("sorted by system: %s", got)
		}
	})
}

// TestFoundA9 lists the tenant's places.
func TestFoundA9(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		for _, path := range []string{"locations", "hotspots"} {
			list := h.get("/v3/"+path+"/organizations/"+demoID, h.manager).want(http.StatusOK).json[path].([]any)
			if len(list) == 0 {
				t.Fatalf("no %s", path)
			}
			first := list[0].(map[string]any)
			one := h.get("/v3/"+path+"/"+first["id"].(string), h.manager).want(http.StatusOK)
			if one.json["name"] != first["name"] {
				t.Errorf("%v, but in the list %v", one.json, first)
			}
			h.get("/v3/"+path+"/"+first["id"].(string), h.rival).blames(http.StatusNotFound, "")
			h.get("/v3/"+path+"/organizations/"+demoID, h.app).blames(http.StatusForbidden, "")
		}
	})
}

// TestFoundC2 registers with numbers as phones write them; the venue is in Italy.
func TestFoundC2(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		for typed, want := range map[string]string{
			"\u202a+39 339 1234567\u202c": "+393391234567", "\uff0b\uff13\uff19 339 1234567": "+393391234567",
			"tel:+39-339-1234567": "+393391234567",
			"(+39) 339.123.4567":  "+393391234567", "347 123 4567": "+393471234567",
			"0039 347 1234567":    "+393471234567",
			"+44 (0)20 7946 0958": "+442079460958", "tel:347-1234567;phone-context=+39": "+393471234567",
			"050 123456": "+39050123456",
			"\u0663\u0664\u0667 \u0661\u0662\u0663 \u0664\u0665\u0666\u0667": "+393471234567",
			"+39123456789": "+39123456789",
		} {
			if got := h.shownContact(h.enrol(map[string]any{"phoneNumber": typed}))["phone"]; got != want {
				t.Errorf("%q became %v, want %s", typed, got, want)
			}
		}
		h.post("/v3/customers", h.manager, with(person("x"),
			map[string]any{"phoneNumber": "12"})).blames(http.StatusConflict, "phoneNumber")
	})
}

// TestFoundC3 takes the forms of one address for one.
func TestFoundC3(t *testing.T) {
	onBothEngines(t, nil, func(t *testing.T, h *house) {
		id := h.enrol(map[string]any{"email": " jos\u00e9@m\u00fcnchen.example\u200b"})
		for _, form := range []string{
			"jose\u0301@m\u00fcnchen.example", "JOS\u00c9@xn--mnchen-3ya.example", "jos\u00e9@mu\u0308nchen.example",
			"\u200ejos\u00e9@m\u00fcnchen.example",
		} {
			h.search("email", form).finds(id)
			if got := h.existing("email=" + url.QueryEscape(form)); got != http.StatusOK {
				t.Errorf("exist by %q: %d", form, got)
			}
			h.post("/v3/customers?deduplicate=email", h.manager,
				with(person("again"), map[string]any{"email": form})).want(http.StatusOK)
		}
		h.post("/v3/customers", h.manager, with(person("x"),
			map[string]any{"email": "a\u200bb@example.com"})).blames(http.StatusConflict, "email")
		plus := h.enrol(map[string]any{"email": "a+x@example.com"})
		if got := h.existing("email=a+x@example.com"); got != http.StatusOK {
			t.Errorf("a + that came as a blank: %d", got)
		}
		h.search("email", "a x@example.com").finds(plus)
	})
}

// TestFoundC5 takes present codes only, and replaced ones as their successors.
func TestFoundC5(t *testing.T) {
	h := newHouse(t)
	for given, want := range map[string]string{"UK": "gb", "gb": "gb", "IT": "it"} {
		if got := h.shownContact(h.enrol(map[string]any{"country": given}))["country"]; got != want {
			t.Errorf("country %s became %v", given, got)
		}
	}
	for given, want := range map[string]string{
		"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "sh": "sr", "EN": "en",
	} {
		if got := h.shownContact(h.enrol(map[string]any{"language": given}))["language"]; got != want {
			t.Errorf("language %s became %v", given, got)
		}
	}
	for _, code := range []string{
		"AN", "SU", "CS", "AC", "IC", "EU", "XK", "ZZ", "YU", "DG", "EA", "TA", "CP", "UN", "FX", "DD", "BU", "ZR",
		"TP",
	} {
		h.post("/v3/customers", h.manager, with(person("x"),
			map[string]any{"country": code})).blames(http.StatusConflict, "country")
	}
}

// TestFoundC6 takes times as phones write them.
func TestFoundC6(t *testing.T) {
	h := newHouse(t)
	id := h.enrol(nil)
	for i, text := range []string{
		"2022-07-08 8:08:44 AM +0000", "2022-07-08 8:08:44\u202fAM +0000", "2022-07-08T10:08:44+0200",
		"2022-07-08 08:08:44 +0000",
		"2022-07-08T08:08:44.000Z",
		"\u0662\u0660\u0662\u0662-\u0660\u0667-\u0660\u0668 \u0660\u0668:\u0660\u0668:\u0664\u0664 " +
			"+\u0660\u0660\u0660\u0660",
		"2022-07-08 8:08:44 a.m. +0000", "2022-07-08 8:08:44 \u0635 +0000",
	} {
		body := map[string]any{
			"platform": "android", "type": "passpoint", "installedBy": fmt.Sprint("app", i), "installed": text,
		}
		h.post("/v3/customers/"+id+"/installations", h.manager, body).want(http.StatusCreated)
		h.post("/v3/customers/"+id+"/devices", h.manager,
			map[string]any{"installId": "1", "created": text, "lastSeen": text}).want(http.StatusOK)
		h.search("createdStart", text).finds(id)
	}
	for _, in := range h.get("/v3/customers/"+id+"/installations", h.manager).json["installations"].([]any) {
		if at := in.(map[string]any)["installed"]; at != "2022-07-08T08:08:44Z" {
			t.Errorf("installed %v", at)
		}
	}
	for _, text := range []string{
		"2022-07-08 13:08:44 PM +0000", "2022-07-08", "2022-02-30T08:08:44Z", "2022-07-08 8:08:44 XM +0000",
	} {
		body := map[string]any{"platform": "android", "type": "passpoint", "installedBy": "app", "installed": text}
		h.post("/v3/customers/"+id+"/installations", h.manager, body).blames(http.StatusConflict, "installed")
	}
}

// TestFoundF12FormatCharacters removes invisible characters from names, keeps joiners, and refuses
// them in user names.
func TestFoundF12FormatCharacters(t *testing.T) {
	h := newHouse(t)
	for typed, want := range map[string]string{
		"\u202eAnna\u202c": "Anna", "An\u200bna\u2066": "Anna",
		"\u0646\u0627\u0645\u200c\u0647\u0627": "\u0646\u0627\u0645\u200c\u0647\u0627",
		"\U0001F469\u200d\U0001F4BB":           "\U0001F469\u200d\U0001F4BB", "\u2764\ufe0f": "\u2764\ufe0f",
		"Anna\u200d": "Anna",
	} {
		if got := h.shownContact(h.enrol(map[string]any{"firstName": typed}))["firstName"]; got != want {
			t.Errorf("%+q became %+q", typed, got)
		}
	}
	for _, name := range []string{"an\u200bna", "\u202eanna", "anna\u200d", "a\u00adb"} {
		h.post("/v3/customers", h.manager, with(person("x"),
			map[string]any{"username": name})).blames(http.StatusConflict, "username")
	}
}

// TestFoundA1 shows places in metrics by their IDs.
func TestFoundA1(t *testing.T) {
	h := newOffice(t)
	id := h.enrol(map[string]any{"username": "anna", "profiling": true, "ppd": true})
	h.stay("anna", "s1", h.clock.now().Add(-time.Hour), time.Minute)
	metrics := h.shownContact(id)["metrics"].(map[string]any)
	if metrics["compassTopLocation"] != demoLocation || metrics["lastVisitVenue"] != demoLocation {
		t.Errorf("metrics %v", metrics)
	}
	for name, form := range map[string]*regexp.Regexp{
		"lastVisitDateUtc": wholeSeconds, "lastVisitDateBusiness": ofBusiness,
	} {
		if at, _ := metrics[name].(string); !form.MatchString(at) {
			t.Errorf("%s %v", name, metrics[name])
		}
	}
}

// TestFoundA7 shows each connection once among the events, with its times, place and device, beside
// the visit.
func TestFoundA7(t *testing.T) {
	h := newOffice(t)
	id := h.enrol(map[string]any{"username": "anna", "profiling": true, "ppd": true})
	h.enrol(map[string]any{"username": "shy"})
	start := h.clock.now().Add(-time.Hour)
	h.stay("anna", "s1", start, 20*time.Minute)
	h.stay("anna", "s2", start.Add(30*time.Minute), 10*time.Minute)
	h.stay("shy", "s3", start, time.Minute)
	for _, path := range []string{
		"/v2/customers/" + id + "/events?size=1",
		"/v1/organizations/" + demoID + "/events?events=connection,visit&enableScroll=true&size=1",
	} {
		count := map[any]int{}
		for next := path; next != ""; {
			page := h.get(next, h.manager).want(http.StatusOK).json
			next = ""
			for name, parameter := range map[string]string{"sId": "sid", "scrollId": "scrollId"} {
				if scroll, _ := page[name].(string); scroll != "" {
					next = regexp.MustCompile(`\?.*`).ReplaceAllString(path, "") + "?" + parameter + "=" +
						url.QueryEscape(scroll)
				}
			}
			for _, e := range page["events"].([]any) {
				e := e.(map[string]any)
				count[e["type"]]++
				if e["type"] != "connection" {
					continue
				}
				where := e["where"].(map[string]any)
				if e["customerId"] != id || e["start"] == nil || e["stop"] == nil ||
					where["locationId"] != demoLocation || where["hotspotId"] != demoHotspot {
					t.Errorf("connection %v", e)
				}
				if d := e["duration"]; d != 1200.0 && d != 600.0 {
					t.Errorf("duration %v", d)
				}
			}
		}
		if count["connection"] != 2 || count["visit"] != 1 {
			t.Errorf("%s: %v", path, count)
		}
	}
}
