package server

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// stored is the customer whose install page it is.
func (p *webpage) stored() *onboarding.Customer {
	p.v.Helper()
	c, err := p.v.store.Customer(context.Background(), demoID, p.customer())
	if err != nil {
		p.v.Fatal(err)
	}
	return c
}

func TestSignUpPage(t *testing.T) {
	v := newVenue(t, asksEverything)
	p := v.browse(http.MethodGet, "/portal/"+demoID+"?location="+demoLocation, nil,
		header("Accept-Language", "it")).want(http.StatusOK)
	p.says("Connettiti a Demo WiFi", "Nome", "Cellulare",
		"Accetto le condizioni d'uso e ho letto l'informativa sulla privacy.", "Informativa privacy", "Offers",
		"Usate le mie visite", "We keep little.")
	for name, autocomplete := range map[string]string{
		"firstName": "given-name", "lastName": "family-name", "email": "email", "phoneNumber": "tel",
		"birthDate": "bday", "country": "country", "zipCode": "postal-code",
	} {
		if n := p.named(name); n == nil || attribute(n, "autocomplete") != autocomplete {
			t.Errorf("%s is not asked for as %s", name, autocomplete)
		}
	}
	for _, name := range []string{
		"policies.termsOfUse", "policies.mktgCommunications", "policies.profiling",
	} {
		if n := p.named(name); n == nil || attribute(n, "type") != "checkbox" || has(n, "checked") {
			t.Errorf("%s has no box of its own that is unticked", name)
		}
	}
	if p.named("policies.ppd") != nil || attribute(p.named("policies.privacy"), "type") != "hidden" {
		t.Error("profiling and ppd, or terms of use and privacy notice, have two boxes")
	}
	if options := elements(p.named("country"), "option"); len(options) < 240 || attribute(options[0], "value") != "" {
		t.Errorf("%d countries", len(options))
	}
	if !strings.Contains(p.raw, `<option value="DE">Germania</option>`) {
		t.Error("countries are not in the page's language")
	}
	other := v.browse(http.MethodGet, "/portal/"+demoID+"?lang=en&location="+demoLocation, nil,
		header("Accept-Language", "it")).want(http.StatusOK)
	other.says("Connect to Demo WiFi")
	for _, b := range other.all("button") {
		if to := attribute(b, "formaction"); attribute(b, "name") == "switch" &&
			(!strings.Contains(to, "lang=it") || !strings.Contains(to, demoLocation)) {
			t.Errorf("the way to the other language is %s", to)
		}
	}
	v.browse(http.MethodHead, "/portal/"+demoID, nil).want(http.StatusOK)
}

// asksEverything makes the form as long as it can be.
func asksEverything(o *onboarding.Organization) {
	yes := true
	o.Portal.Fields, o.Portal.Profiling = onboarding.PortalFields, &yes
}

func TestSignUp(t *testing.T) {
	v := newVenue(t, asksEverything)
	action, form := v.form("/portal/"+demoID+"?hotspot="+demoHotspot+
		"&ssid=Guests&redirect_url=https://example.com/welcome", header("Accept-Language", "it-IT,it;q=0.9,en;q=0.5"))
	for name, value := range map[string]string{
		"firstName": "  Zoë ", "lastName": "O'Neil <&>\"]]>", "title": "Dr.", "email": " zoe@example.com",
		"phoneNumber": "0039 347 123-4567", "gender": "other",
		"birthDate": "1990-02-28", "language": "fr", "country": "CH", "zipCode": "6900", "companyName": "ACME",
		"civilStatus":                 "free",
		"policies.mktgCommunications": "", "policies.profiling": "true",
	} {
		form.Set(name, value)
	}
	answer := v.browse(http.MethodPost, action, form).want(http.StatusSeeOther)
	location := answer.header.Get("Location")
	if !strings.HasPrefix(location, "/activate/") || !strings.Contains(location,
		"redirect_url=https%3A%2F%2Fexample.com%2Fwelcome") || !strings.Contains(location, "ssid=Guests") {
		t.Errorf("Location: %s", location)
	}
	p := v.browse(http.MethodGet, location, nil).want(http.StatusOK).says("“Guests”")
	c := p.stored()
	want := onboarding.Attributes{
		FirstName: "Zoë", LastName: "O'Neil <&>\"]]>", Title: "Dr.", Email: "zoe@example.com", Phone: "+393471234567",
		Gender: "other", BirthDate: "1990-02-28",
		Language: "fr", Country: "CH", ZipCode: "6900", CompanyName: "ACME", CivilStatus: "free",
		BrowserLanguage: c.BrowserLanguage,
	}
	if diff := diffOf(want, c.Attributes); diff != "" {
		t.Error(diff)
	}
	if c.LocationID != demoLocation || c.HotspotID != demoHotspot || c.SignupMethod != onboarding.ChannelPortal ||
		!c.Profiled() || c.Locked {
		t.Errorf("%+v", c)
	}
	consents, err := v.store.Consents(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	accepted := map[string]bool{}
	for _, e := range consents {
		accepted[e.Policy] = e.Accepted
		if e.Channel != onboarding.ChannelPortal || e.Address != "127.0.0.1" || e.Agent != safariAgent {
			t.Errorf("%+v", e)
		}
	}
	if diff := diffOf(map[string]bool{
		"termsOfUse": true, "privacy": true, "mktgCommunications": false, "profiling": true, "ppd": true,
	}, accepted); diff != "" {
		t.Error(diff)
	}
}

// TestProfilingNotSaid: an unticked box leaves profiling undecided, and nothing is
// dropped.
func TestProfilingNotSaid(t *testing.T) {
	v := newVenue(t)
	c := v.signUp(v.form("/portal/" + demoID)).stored()
	if c.Profiling != nil || c.PPD != nil || c.FirstName != "Ada" {
		t.Errorf("profiling %v, ppd %v, first name %q", c.Profiling, c.PPD, c.FirstName)
	}
	if c.Language != "en" {
		t.Errorf("language %q", c.Language)
	}
}

// TestSignUpKeeps: the form keeps its entries next to the problem, and ticks no further box.
func TestSignUpKeeps(t *testing.T) {
	v := newVenue(t, asksEverything)
	valid := map[string]string{
		"phoneNumber": "+39123456789", "gender": "female", "birthDate": "1990-02-28", "language": "it", "country": "IT",
		"zipCode": "1", "companyName": "c", "civilStatus": "s", "title": "t",
	}
	for _, tt := range []struct{ name, value, says string }{
		{"email", "zoe at example", "does not look like an e-mail address"},
		{"email", "zoe@example.com, eve@example.com", "does not look like"},
		{"email", "Zoë <zoe@example.com>", "does not look like"},
		{"phoneNumber", "12345", "Start with the country code"},
		{"phoneNumber", "+39 call me", "not a valid phone number"},
		{"birthDate", "2099-01-01", "not a date of birth"},
		{"birthDate", "28/02/1990", "not a date of birth"},
		{"country", "XX", "choose from the list"},
		{"country", `"><script>alert(1)</script>`, "choose from the list"},
		{"gender", "unsure", "choose from the list"},
		{"language", "klingon", "choose from the list"},
		{"firstName", strings.Repeat("x", 256), "too long"},
		{"firstName", "a\x00b", "is not allowed"},
		{"firstName", "a\xffb", "is not allowed"},
		{"firstName", "a\u0085b", "is not allowed"},
		{"firstName", "   ", "First name is missing"},
		{"lastName", "", "Last name is missing"},
		{"zipCode", strings.Repeat("9", 40), "too long"},
		{"policies.termsOfUse", "", "please accept the terms of use"},
	} {
		t.Run(fmt.Sprintf("%s %.20s", tt.name, tt.value), func(t *testing.T) {
			v := v.onTheSpot(t)
			action, form := v.form("/portal/" + demoID + "?location=" + demoLocation)
			email := form.Get("email")
			form.Set("policies.profiling", "true")
			for name, value := range valid {
				form.Set(name, value)
			}
			form.Set(tt.name, tt.value)
			p := v.browse(http.MethodPost, action, form).want(http.StatusConflict).says(tt.says,
				"Please check the form")
			if n := v.customers(email); n != 0 {
				t.Fatalf("%d customers were made", n)
			}
			control := p.named(tt.name)
			if attribute(control, "aria-invalid") != "true" {
				t.Errorf("%s is not marked", tt.name)
			}
			first := p.form()
			for name := range form {
				switch {
				case name == "form" || name == tt.name:
				case name == "policies.privacy": // as the terms of use
				case strings.HasPrefix(name, "policies.") && (first.Get(name) == "true") != (form.Get(name) == "true"):
					t.Errorf("%s was %q and is %q", name, form.Get(name), first.Get(name))
				case !strings.HasPrefix(name, "policies.") && first.Get(name) != form.Get(name):
					t.Errorf("%s was %q and is %q", name, form.Get(name), first.Get(name))
				}
			}
			// put right, the same page registers
			form = first
			good := map[string]string{
				"firstName": "Ada", "lastName": "R", "email": email, "policies.termsOfUse": "true",
				"policies.privacy": "true",
			}
			for name, value := range valid {
				good[name] = value
			}
			form.Set(tt.name, good[tt.name])
			v.signUp(attribute(p.all("form")[0], "action"), form)
		})
	}
}

// TestEveryProblemAtOnce: all missing fields are listed, each with a link to its field.
func TestEveryProblemAtOnce(t *testing.T) {
	v := newVenue(t)
	action, form := v.form("/portal/"+demoID, header("Accept-Language", "it"))
	p := v.browse(http.MethodPost, action, url.Values{"form": {form.Get("form")}},
		header("Accept-Language", "it")).want(http.StatusConflict)
	var to []string
	for _, href := range p.hrefs() {
		if strings.HasPrefix(href, "#") {
			to = append(to, href)
		}
	}
	if diff := diffOf([]string{
		"#f-firstName", "#f-lastName", "#f-email", "#f-policies.termsOfUse",
	}, to); diff != "" {
		t.Error(diff)
	}
	p.says("Controlla il modulo", "Manca: Nome.")
	if title := textOf(p.all("title")[0]); !strings.HasPrefix(title, "Errore:") {
		t.Errorf("title %q", title)
	}
}

func TestDoubleTap(t *testing.T) {
	v := newVenue(t)
	action, form := v.form("/portal/" + demoID)
	var wg sync.WaitGroup
	locations := make([]string, 8)
	for i := range locations {
		wg.Go(func() {
			r, err := http.NewRequest(http.MethodPost, v.api.URL+action, strings.NewReader(form.Encode()))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			answer, err := v.api.Client().Transport.RoundTrip(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			locations[i] = answer.Header.Get("Location")
		})
	}
	wg.Wait()
	for _, l := range locations {
		if l == "" || l != locations[0] {
			t.Errorf("Location %q beside %q", l, locations[0])
		}
	}
	if n := v.customers(form.Get("email")); n != 1 {
		t.Fatalf("%d customers", n)
	}
	// the same form with another's data is another person at a shared screen
	form.Set("email", "second@example.com")
	if p := v.browse(http.MethodPost, action, form).want(http.StatusSeeOther); p.header.Get(
		"Location") == locations[0] {
		t.Error("another person got the first one's link")
	}
}

// TestNobodyIsFound: another person's e-mail address in the form matches no customer and changes
// nothing.
func TestNobodyIsFound(t *testing.T) {
	v := newVenue(t)
	action, form := v.form("/portal/" + demoID)
	victim := v.signUp(action, form)
	again, second := v.form("/portal/" + demoID)
	second.Set("email", form.Get("email"))
	second.Set("firstName", "Eve")
	thief := v.signUp(again, second)
	if thief.customer() == victim.customer() || victim.stored().FirstName != "Ada" ||
		v.customers(form.Get("email")) != 2 {
		t.Error("an address that is already known led to its customer")
	}
}

// TestOnlyWhatIsAsked: unknown fields are ignored.
func TestOnlyWhatIsAsked(t *testing.T) {
	v := newVenue(t)
	action, form := v.form("/portal/" + demoID)
	for name, value := range map[string]string{
		"username": "admin", "password": "secret", "lock": "true", "guid": guid("thief"), "emailVerified": "true",
		"phoneNumber": "+39123456789",
		"extId":       "1", "source": "x", "organizationId": rivalID, "locationId": rivalID, "policies.unknown": "true",
		"custom.x": "y", "policies.ppd": "false",
	} {
		form.Set(name, value)
	}
	c := v.signUp(action, form).stored()
	if c.Username == "admin" || c.Locked || c.EmailVerified || c.EmailClaimed != nil || c.Phone != "" ||
		c.ExtID != "" || c.Source != "" || c.LocationID != demoLocation ||
		len(c.Custom) != 0 || c.PPD != nil {
		t.Errorf("%+v", c)
	}
}

// TestFormsFromElsewhere: refuses requests that another site causes, and forms that are not
// ours.
func TestFormsFromElsewhere(t *testing.T) {
	v := newVenue(t)
	action, form := v.form("/portal/" + demoID)
	rivals := v.browse(http.MethodGet, "/portal/"+rivalID, nil).form().Get("form")
	resume := v.browse(http.MethodGet, "/go", nil).form().Get("form")
	flipped := []byte(form.Get("form"))
	flipped[len(flipped)/2] ^= 1
	for _, tt := range []struct {
		name   string
		ticket string
		change option
		status int
	}{
		{"another site", form.Get("form"), header("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		{"a neighbouring host", form.Get("form"), header("Sec-Fetch-Site", "same-site"), http.StatusForbidden},
		{
			"an older browser on another site", form.Get("form"),
			func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
			http.StatusForbidden,
		},
		{
			"an origin that is nonsense", form.Get("form"),
			func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "://") },
			http.StatusForbidden,
		},
		{"no ticket", "", nil, http.StatusConflict},
		{"a cut ticket", form.Get("form")[:20], nil, http.StatusConflict},
		{"a flipped bit", string(flipped), nil, http.StatusConflict},
		{"another tenant's ticket", rivals, nil, http.StatusConflict},
		{"the ticket of another form", resume, nil, http.StatusConflict},
		{"not base64", "%%%", nil, http.StatusConflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := v.onTheSpot(t)
			forged := url.Values{}
			for name, value := range form {
				forged[name] = value
			}
			forged.Set("form", tt.ticket)
			if tt.ticket == "" {
				forged.Del("form")
			}
			if tt.change == nil {
				tt.change = func(*http.Request) {}
			}
			p := v.browse(http.MethodPost, action, forged, tt.change).want(tt.status)
			p.saysNot(form.Get("email")) // values that another site may have set are not shown
			if tt.status == http.StatusConflict {
				p.says("Nothing was sent")
			}
			if n := v.customers(form.Get("email")); n != 0 {
				t.Fatalf("%d customers", n)
			}
		})
	}
	for name, change := range map[string]option{
		"our own origin": func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", v.api.URL)
		},
		"no header at all":    func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Del("Origin") },
		"a reload by a human": header("Sec-Fetch-Site", "none"),
	} {
		_, form := v.form("/portal/" + demoID)
		if p := v.browse(http.MethodPost, action, form, change); p.status != http.StatusSeeOther {
			t.Errorf("%s: %d", name, p.status)
		}
	}
}

// TestOldForm shows a form that was open for too long again, filled in, and writes nothing.
func TestOldForm(t *testing.T) {
	v := newVenue(t)
	action, form := v.form("/portal/" + demoID + "?redirect_url=https://example.com/")
	v.clock.advance(45*time.Minute + time.Second)
	p := v.browse(http.MethodPost, action, form).want(http.StatusConflict).says("open for too long")
	if n := v.customers(form.Get("email")); n != 0 {
		t.Fatalf("%d customers", n)
	}
	again := p.form()
	if again.Get("email") != form.Get("email") || again.Get("policies.termsOfUse") != "true" ||
		again.Get("policies.mktgCommunications") != "" {
		t.Errorf("the form came back as %v", again)
	}
	to := v.browse(http.MethodPost, action, again).want(http.StatusSeeOther).header.Get("Location")
	if !strings.Contains(to, "redirect_url=") {
		t.Errorf("the redirect is lost: %s", to)
	}
}

// TestHostileForms: forms that no page of ours sends.
func TestHostileForms(t *testing.T) {
	v := newVenue(t)
	action, form := v.form("/portal/" + demoID)
	plain := form.Encode()
	for _, tt := range []struct {
		name, body, kind string
		status           int
	}{
		{"a field twice", plain + "&email=eve%40example.com", "", http.StatusConflict},
		{"a policy twice", plain + "&policies.privacy=true", "", http.StatusConflict},
		{"a ticket twice", plain + "&form=x", "", http.StatusConflict},
		{"a percent sign that escapes nothing", plain + "&x=%zz", "", http.StatusConflict},
		{"a semicolon", plain + ";x=y", "", http.StatusConflict},
		{"65 KB", plain + "&x=" + strings.Repeat("x", 65<<10), "", http.StatusRequestEntityTooLarge},
		{"2 MB", plain + "&x=" + strings.Repeat("x", 2<<20), "", http.StatusRequestEntityTooLarge},
		{"20,000 fields", plain + strings.Repeat("&a=", 20000), "", http.StatusConflict},
		{"JSON", `{"email":"zoe@example.com"}`, "application/json", http.StatusConflict},
		{"a part", plain, "multipart/form-data; boundary=x", http.StatusConflict},
		{"no type", plain, "-", http.StatusConflict},
		{"nothing", "", "", http.StatusConflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := v.onTheSpot(t)
			p := v.browse(http.MethodPost, action, url.Values{}, func(r *http.Request) {
				body := []byte(tt.body)
				r.Body, r.ContentLength = readCloser{bytes.NewReader(body)}, int64(len(body))
				switch tt.kind {
				case "":
				case "-":
					r.Header.Del("Content-Type")
				default:
					r.Header.Set("Content-Type", tt.kind)
				}
			}).want(tt.status)
			if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
				t.Errorf("the answer is %s", p.header.Get("Content-Type"))
			}
			if n := v.customers(form.Get("email")); n != 0 {
				t.Fatalf("%d customers", n)
			}
		})
	}
	for _, path := range []string{"/portal/" + nobodyID, "/portal/x", "/portal/%00", "/portal/" + demoID[:31]} {
		v.browse(http.MethodGet, path, nil).want(http.StatusNotFound)
		v.browse(http.MethodPost, path, form).want(http.StatusNotFound)
	}
	if v.customers(form.Get("email")) != 0 {
		t.Fatal("a customer of no organization")
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// TestScriptsStayText: whatever comes in by address or form goes out as text.
func TestScriptsStayText(t *testing.T) {
	const nasty = `"><script>alert(1)</script>'{{.}}`
	v := newVenue(t, func(o *onboarding.Organization) {
		o.Name = "Café <script>alert(0)</script>"
		o.WiFi.Passpoint.FriendlyName = `<img src=x onerror=alert(1)>&"`
		o.Policies[1].Text = map[string]string{"en": "</div><script>alert(2)</script>"}
	})
	query := url.Values{
		"ssid": {nasty}, "redirect_url": {"javascript:alert(1)"}, "location": {nasty}, "hotspot": {nasty},
		"mac": {nasty}, "lang": {nasty}, nasty: {nasty},
	}
	p := v.browse(http.MethodGet, "/portal/"+demoID+"?"+query.Encode(), nil).want(http.StatusOK).saysNot("javascript:")
	if len(p.all("script")) != 0 {
		t.Fatal("a script in the page")
	}
	form := p.form()
	form.Set("firstName", nasty)
	form.Set("email", nasty)
	p = v.browse(http.MethodPost, attribute(p.all("form")[0], "action"), form).want(http.StatusConflict)
	if len(p.all("script")) != 0 || p.form().Get("firstName") != nasty || p.form().Get("email") != nasty {
		t.Errorf("what was typed came back as %q", p.form().Get("firstName"))
	}
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && (has(n, "onerror") || n.Data == "img") {
			t.Error("the network's name became an element")
		}
	}
}

// TestPagesKeepQuiet: no token, address or name of a visitor in the log.
func TestPagesKeepQuiet(t *testing.T) {
	v := newVenue(t)
	action, form := v.form("/portal/" + demoID + "?redirect_url=https://example.com/secret-way")
	p := v.signUp(action, form)
	token := tokenIn(p.url.Path)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	v.browse(http.MethodPost, "/activate/"+token+"/installed", p.form()).want(http.StatusOK)
	sheet := v.browse(http.MethodGet, "/activate/"+token, nil, agent(sheetAgent)).want(http.StatusOK)
	code := strings.TrimSpace(textOf(sheet.all("dd")[1]))
	v.browse(http.MethodGet, "/go/"+code, nil).want(http.StatusOK)
	log := v.log.String()
	if !strings.Contains(log, "/activate/:token") {
		t.Fatalf("the log says: %s", log)
	}
	for _, secret := range []string{
		token, form.Get("email"), form.Get("form"), "secret-way", code, auth.HashToken(token), "Rossi",
	} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
