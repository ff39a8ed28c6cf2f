package server

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/links"
)

var codeShape = regexp.MustCompile(`^[CDFGHJKMNPRTVWXY34679]{4}(-[CDFGHJKMNPRTVWXY34679]{4}){2}$`)

// code opens the link in Apple's sheet and returns the displayed code.
func (v *venue) code(token string) string {
	v.Helper()
	p := v.browse(http.MethodGet, "/activate/"+token, nil, agent(sheetAgent)).want(http.StatusOK)
	code := textOf(p.all("dd")[1])
	if !codeShape.MatchString(code) {
		v.Fatalf("code %q", code)
	}
	return code
}

// enter sends a code by a form of its own.
func (v *venue) enter(code string, options ...option) *webpage {
	v.Helper()
	form := v.browse(http.MethodGet, "/go", nil).want(http.StatusOK).form()
	form.Set("code", code)
	return v.browse(http.MethodPost, "/go", form, options...)
}

func TestResume(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(3)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	code := v.code(token)
	for range 3 { // looking uses nothing up
		p := v.browse(http.MethodGet, "/go/"+code, nil).want(http.StatusOK).says("One tap")
		v.browse(http.MethodHead, "/go/"+code, nil).want(http.StatusOK)
		if p.form().Get("code") != code {
			t.Errorf("the form holds %q", p.form().Get("code"))
		}
	}
	form := v.browse(http.MethodGet, "/go/"+strings.ToLower(strings.ReplaceAll(code, "-", "")), nil).form()
	form.Set("code", " "+strings.ToLower(code[:3])+" "+code[3:]+" ")
	to := v.browse(http.MethodPost, "/go", form).want(http.StatusSeeOther).header.Get("Location")
	fresh := tokenIn(to)
	if fresh == token {
		t.Fatal("the same link")
	}
	p := v.browse(http.MethodGet, to, nil).want(http.StatusOK).says("Downloads left: 2")
	if p.customer() != customer || !p.offers(fresh, "ios") {
		t.Error("not the same customer's link")
	}
	if again := v.browse(http.MethodPost, "/go", form).want(http.StatusSeeOther).header.Get("Location"); again != to {
		t.Errorf("a double tap leads to %s, not to %s", again, to)
	}
	v.enter(code).want(http.StatusNotFound).says("already used")

	// both links count the same downloads, and end together
	v.browse(http.MethodGet, "/activate/"+fresh+"/ios", nil).want(http.StatusOK)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	v.browse(http.MethodGet, "/activate/"+fresh+"/ios", nil).want(http.StatusGone)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusGone)
	v.post("/activate/"+fresh+"/installed", "", map[string]any{
		"platform": "ios", "type": "passpoint",
	}).want(http.StatusCreated)
	v.clock.advance(onboarding.DefaultLifetime)
	v.browse(http.MethodGet, "/activate/"+fresh, nil).want(http.StatusGone)
}

// TestResumeAgain: a link that a code opened has codes of its own.
func TestResumeAgain(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(2)
	for range 3 {
		token = tokenIn(v.enter(v.code(token)).want(http.StatusSeeOther).header.Get("Location"))
	}
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	v.browse(http.MethodGet, "/activate/"+token, nil).says("Downloads left: 1")
}

func TestResumeEnds(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(2)
	first := v.code(token)
	second := v.code(token)
	v.enter(first).want(http.StatusNotFound)
	v.clock.advance(links.ResumeLifetime - time.Second)
	v.enter(second).want(http.StatusSeeOther)
	third := v.code(token)
	v.clock.advance(links.ResumeLifetime)
	v.enter(third).want(http.StatusNotFound)

	v.clock.advance(onboarding.DefaultLifetime - 2*links.ResumeLifetime - time.Minute)
	last := v.code(token) // made two minutes before the link ends, and no longer good than it
	v.clock.advance(2 * time.Minute)
	v.enter(last).want(http.StatusNotFound)
	v.browse(http.MethodGet, "/activate/"+token, nil, agent(sheetAgent)).want(http.StatusGone)
}

func TestResumeBadInput(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(2)
	code := v.code(token)
	for typed, status := range map[string]int{
		"":                        http.StatusConflict,
		"CDFGH":                   http.StatusConflict,
		"CDFGH-JKMNPP":            http.StatusConflict,
		"ABCDE-12345":             http.StatusConflict,
		"<script>":                http.StatusConflict,
		"\xff\x00":                http.StatusConflict,
		strings.Repeat("C", 5000): http.StatusConflict,
		"CDFGH-JKMNP":             http.StatusNotFound,
	} {
		v.enter(typed).want(status)
	}
	v.enter(code, header("Sec-Fetch-Site", "cross-site")).want(http.StatusForbidden)
	v.browse(http.MethodPost, "/go", url.Values{"code": {code}}).want(http.StatusConflict)
	old := v.browse(http.MethodGet, "/go", nil).form()
	old.Set("code", code)
	forged := v.browse(http.MethodGet, "/portal/"+demoID, nil).form().Get("form")
	v.browse(http.MethodPost, "/go", url.Values{"code": {code}, "form": {forged}}).want(http.StatusConflict)
	v.browse(http.MethodPost, "/go", url.Values{"code": {code, code}, "form": old["form"]}).want(http.StatusConflict)
	for _, path := range []string{"/go/x", "/go/%ff", "/go/" + strings.Repeat("C", 3000)} {
		if p := v.browse(http.MethodGet, path, nil).want(http.StatusOK); p.form().Get("code") != "" {
			t.Errorf("%s: the form holds %q", path, p.form().Get("code"))
		}
	}
	v.browse(http.MethodPost, "/go", old).want(http.StatusSeeOther) // none of it used the code up
}

// TestResumeRace has 50 visitors enter one code: one gets in.
func TestResumeRace(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(2)
	code := v.code(token)
	forms := make([]url.Values, 50)
	for i := range forms {
		forms[i] = v.browse(http.MethodGet, "/go", nil).form()
		forms[i].Set("code", code)
	}
	var in atomic.Int32
	var wg sync.WaitGroup
	for _, form := range forms {
		wg.Go(func() {
			a, err := v.api.Client().Transport.RoundTrip(formRequest(t, v.api.URL+"/go", form))
			if err != nil {
				t.Error(err)
				return
			}
			defer a.Body.Close()
			switch a.StatusCode {
			case http.StatusSeeOther:
				in.Add(1)
			case http.StatusNotFound:
			default:
				t.Errorf("%s", a.Status)
			}
		})
	}
	wg.Wait()
	if in.Load() != 1 {
		t.Fatalf("%d got in", in.Load())
	}
}

func formRequest(t *testing.T, address string, form url.Values) *http.Request {
	r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Error(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// TestResumeLimit: guesses are limited, and from the same address a right code too; a minute later
// it works.
func TestResumeLimit(t *testing.T) {
	v := newVenue(t)
	v.clock.at.Store(time.Now().Truncate(time.Minute).UnixMicro())
	token, _ := v.link(2)
	code := v.code(token)
	form := v.browse(http.MethodGet, "/go", nil).form()
	form.Set("code", "CDFGH-JKMNP")
	refused := 0
	for range 200 {
		p := v.browse(http.MethodPost, "/go", form)
		switch p.status {
		case http.StatusNotFound:
		case http.StatusTooManyRequests:
			refused++
			if p.header.Get("Retry-After") == "" {
				t.Fatal("no Retry-After")
			}
		default:
			t.Fatalf("%d", p.status)
		}
	}
	if refused != 80 {
		t.Errorf("%d of 200 guesses were refused", refused)
	}
	v.enter(code).want(http.StatusTooManyRequests).says("Please wait a minute")
	v.clock.advance(time.Minute)
	v.enter(code).want(http.StatusSeeOther)
}
