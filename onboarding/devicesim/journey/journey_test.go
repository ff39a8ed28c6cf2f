package journey

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/judgetest"
	"onramp/onboarding/devicesim/radio"
	"onramp/onboarding/testkit/process"
)

func (v *venue) journey(platform, link string) (*Result, error) {
	return Onboard(context.Background(),
		Journey{Platform: platform, Link: link, Trust: judgetest.Trust(), Now: judgetest.Now})
}

func TestOnboard(t *testing.T) {
	for _, platform := range []string{judge.IOS, judge.Android} {
		t.Run(platform, func(t *testing.T) {
			v := newVenue(t)
			got, err := v.journey(platform, v.portal())
			if err != nil {
				t.Fatal(err)
			}
			var token string
			for token = range v.tokens {
			}
			if got.CustomerID != "c-"+token || got.InstallationID != "i-"+token || got.Username != "anna" ||
				got.Platform != platform ||
				len(got.File) == 0 ||
				got.View == nil {
				t.Errorf("got %+v", got)
			}
			said := v.tokens[token]
			for name, want := range map[string]string{
				"form": "f0rm", "location": "hall", "gender": "O", "country": "IT", "visit": "first", "website": "",
				"do": "register", "note": "hello", "extProp1": "x",
				"policies.termsOfUse": "true", "policies.privacy": "true",
			} {
				if said[name] != want {
					t.Errorf("the form said %s=%q, want %q", name, said[name], want)
				}
			}
			if !strings.HasSuffix(said["email"], "@example.net") || said["firstName"] == "" ||
				!strings.HasPrefix(said["phoneNumber"], "+39") {
				t.Errorf("the person is %v", said)
			}
			for _, never := range []string{"policies.mktgCommunications", "ignored", "lang"} {
				if _, sent := said[never]; sent {
					t.Errorf("the form sent %s", never)
				}
			}
			if wantHits := map[string]int{judge.IOS: 1, judge.Android: 2}[platform]; v.hits[token] != wantHits {
				t.Errorf("%d downloads, want %d", v.hits[token], wantHits)
			}
			want := map[string][]string{
				judge.IOS:     {"iPhone", "iPhone", "iPhone", "Version/18", "Version/18", "Version/18"},
				judge.Android: {"; wv)", "; wv)", "; wv)", "; wv)", "Dalvik", "Android 10; K", "Android 10; K"},
			}[platform]
			if len(v.agents) != len(want) {
				t.Fatalf("%d requests, want %d: %q", len(v.agents), len(want), v.agents)
			}
			for i := range want {
				if !strings.Contains(v.agents[i], want[i]) {
					t.Errorf("request %d came from %q, want %q", i, v.agents[i], want[i])
				}
				if i < 3 && platform == judge.IOS &&
					(strings.Contains(v.agents[i], "Safari/") || strings.Contains(v.agents[i], "Version/")) {
					t.Errorf("the captive sheet calls itself Safari: %q", v.agents[i])
				}
			}
			if o := v.posts[0].Get("Origin"); o != "null" {
				t.Errorf("a page without referrer posts with Origin %q, want null", o)
			}
			if r := v.posts[0].Get("Referer"); r != "" {
				t.Errorf("a page without referrer posts with Referer %q", r)
			}
		})
	}
}

func TestOnboardFromPersonalLink(t *testing.T) {
	v := newVenue(t)
	v.tokens["t0ken"] = map[string]string{}
	got, err := v.journey(judge.IOS, v.URL+"/activate/t0ken")
	if err != nil || got.CustomerID != "c-t0ken" {
		t.Fatal(got, err)
	}
}

// TestReferrerAllowed checks the origin and referrer of pages that allow a referrer.
func TestReferrerAllowed(t *testing.T) {
	v := newVenue(t)
	v.header = func(path string, h http.Header) {
		if strings.HasPrefix(path, "/portal/") {
			h.Del("Referrer-Policy")
		}
	}
	if _, err := v.journey(judge.Android, v.portal()); err != nil {
		t.Fatal(err)
	}
	if got := v.posts[0].Get("Origin"); got != v.URL {
		t.Errorf("Origin %q, want %q", got, v.URL)
	}
	if got := v.posts[0].Get("Referer"); got != v.portal() {
		t.Errorf("Referer %q, want %q", got, v.portal())
	}
}

// TestBrokenExpectations breaks the venue in one way at a time and checks the reported step.
func TestBrokenExpectations(t *testing.T) {
	setHeader := func(suffix, name, value string) func(*venue) {
		return func(v *venue) {
			v.header = func(path string, h http.Header) {
				if strings.HasSuffix(path, suffix) {
					if h.Del(name); value != "" {
						h.Set(name, value)
					}
				}
			}
		}
	}
	answer := func(match func(*http.Request) bool, with func(http.ResponseWriter, *http.Request)) func(*venue) {
		return func(v *venue) {
			v.respond = func(w http.ResponseWriter, r *http.Request) bool {
				if !match(r) {
					return false
				}
				with(w, r)
				return true
			}
		}
	}
	onPost := func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/portal/")
	}
	onPath := func(suffix string) func(*http.Request) bool {
		return func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, suffix) }
	}
	redirect := func(to string, status int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, status) }
	}
	write := func(status int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = w.Write([]byte(body)) }
	}
	form := func(page string) func(*venue) { return func(v *venue) { v.formPage = page } }
	install := func(page string) func(*venue) { return func(v *venue) { v.installPage = page } }
	appleProfile := func(change func(*judgetest.AppleFile) *judgetest.AppleFile) func(*venue) {
		return answer(onPath("/ios"), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-apple-aspen-config")
			_, _ = w.Write(change(judgetest.NewAppleFile()).Bytes())
		})
	}
	var turn int
	for _, c := range []struct {
		name, platform, step, says string
		change                     func(*venue)
	}{
		{"portal missing", judge.IOS, "open the portal", "404",
			answer(onPath("/portal/org1"), write(404, "<h1>Nothing</h1>"))},
		{"no form", judge.IOS, "open the portal", "form", form("<p>Soon</p>")},
		{"a form that asks for a code", judge.IOS, "open the portal", "code",
			form(`<form method=post><input name=code autocomplete=one-time-code></form>`)},
		{"a form for another host", judge.IOS, "open the portal", "host",
			form(`<form method=post action="https://evil.example/"><input name=email></form>`)},
		{"a form with files", judge.IOS, "open the portal", "multipart",
			form(`<form method=post enctype="multipart/form-data"><input name=email></form>`)},
		{"another host", judge.IOS, "open the portal", "host",
			answer(onPath("/portal/org1"), redirect("https://evil.example/", 302))},
		{"a circle", judge.IOS, "open the portal", "redirect loop",
			answer(onPath("/portal/org1"), redirect("/portal/org1", 302))},
		{"terms missing", judge.IOS, "send the sign-up form", "accept the terms",
			form(`<form method=post><input name=email type=email></form>`)},
		{"302 instead of 303", judge.IOS, "send the sign-up form", "303", answer(onPost, redirect("/activate/x", 302))},
		{"redirect to another host", judge.Android, "send the sign-up form", "host",
			answer(onPost, redirect("//evil.example/activate/x", 303))},
		{"redirect to another page", judge.Android, "send the sign-up form", "/activate/",
			answer(onPost, redirect("/thanks", 303))},
		{"too many", judge.Android, "send the sign-up form", "retry after 60",
			answer(onPost, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "60")
				w.WriteHeader(http.StatusTooManyRequests)
			})},
		{"unknown token", judge.Android, "open the install page", "404",
			answer(onPost, redirect("/activate/unknown", 303))},
		{"install page in JSON", judge.IOS, "open the install page", "text/html", install(`{}`)},
		{"sheet with a download", judge.IOS, "find the way to Safari in the captive sheet", "no download",
			install(`<a href="/activate/TOKEN/ios">Install</a> or open Safari at 127.0.0.1`)},
		{"sheet with a download button", judge.IOS, "find the way to Safari in the captive sheet", "no download",
			install(`<form action="/activate/TOKEN/ios"><button>Install</button></form> Safari 127.0.0.1`)},
		{"sheet that refreshes into the download", judge.IOS, "find the way to Safari in the captive sheet",
			"no download", install(`<meta http-equiv=refresh content="1;url=/activate/TOKEN/ios">Safari 127.0.0.1`)},
		{"sheet with a scheme", judge.IOS, "find the way to Safari in the captive sheet", "x-web-search",
			install(`<a href="x-web-search://">Safari</a> 127.0.0.1`)},
		{"sheet without Safari", judge.IOS, "find the way to Safari in the captive sheet", "Safari",
			install(`<p>Open 127.0.0.1 in your browser</p>`)},
		{"sheet without an address", judge.IOS, "find the way to Safari in the captive sheet", "QR",
			install(`<p>Open Safari</p>`)},
		{"no download for Safari", judge.IOS, "find the download", "/activate/TOKEN/ios",
			install(`<p>Open Safari</p><img src="/qr/TOKEN" alt="QR code">`)},
		{"no download for Android", judge.Android, "find the download", "/activate/TOKEN/android",
			install(`<a href="/activate/TOKEN/ios">iPhone</a>`)},
		{"download elsewhere", judge.Android, "find the download", "evil.example",
			install(`<a href="https://evil.example/activate/TOKEN/android">x</a>`)},
		{"page that may be cached", judge.Android, "open the install page", "no-store", func(v *venue) {
			v.header = func(path string, h http.Header) {
				if strings.HasPrefix(path, "/activate/") {
					h.Set("Cache-Control", "private")
				}
			}
		}},
		{"charset on the profile", judge.Android, "download the profile", "exactly",
			setHeader("/android", "Content-Type", "application/x-wifi-config; charset=utf-8")},
		{"octet-stream", judge.IOS, "download the profile", "exactly",
			setHeader("/ios", "Content-Type", "application/octet-stream")},
		{"attachment on Android", judge.Android, "download the profile", "Content-Disposition",
			setHeader("/android", "Content-Disposition", "attachment")},
		{"inline on iOS", judge.IOS, "download the profile", "attachment",
			setHeader("/ios", "Content-Disposition", "inline")},
		{"no transfer encoding", judge.Android, "download the profile", "Content-Transfer-Encoding",
			setHeader("/android", "Content-Transfer-Encoding", "")},
		{"profile that may be cached", judge.IOS, "download the profile", "no-store",
			setHeader("/ios", "Cache-Control", "")},
		{"profile that leaks its address", judge.Android, "download the profile", "no-referrer",
			setHeader("/android", "Referrer-Policy", "origin")},
		{"download used up", judge.Android, "download the profile", "410",
			answer(onPath("/android"), write(410, "gone"))},
		{"download redirected", judge.IOS, "download the profile", "redirect",
			answer(onPath("/ios"), redirect("/file", 302))},
		{"download only with the first agent", judge.Android, "download the profile again without a cookie", "403",
			answer(func(r *http.Request) bool { return strings.Contains(r.UserAgent(), "Dalvik") }, write(403, ""))},
		{"another file the second time", judge.Android, "download the profile again without a cookie", "same bytes",
			answer(onPath("/android"), func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-wifi-config")
				w.Header().Set("Content-Transfer-Encoding", "base64")
				turn++
				_, _ = w.Write([]byte(strings.Repeat("A", turn)))
			})},
		{"file too large for the login window", judge.Android, "download the profile", "100000 bytes",
			answer(onPath("/android"), func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/x-wifi-config")
				w.Header().Set("Content-Transfer-Encoding", "base64")
				_, _ = w.Write([]byte(strings.Repeat("A", 100_001)))
			})},
		{"profile that the phone refuses", judge.IOS, "install the profile", "apple-one-time-password",
			appleProfile(func(f *judgetest.AppleFile) *judgetest.AppleFile {
				return f.Add(judgetest.InEAP, "<key>OneTimeUserPassword</key><true/>")
			})},
		{"report refused", judge.IOS, "report the installation", "403", answer(onPath("/installed"), write(403, ""))},
		{"report answered in HTML", judge.IOS, "report the installation", "JSON",
			answer(onPath("/installed"), write(200, "<p>Thanks</p>"))},
		{"report without customer", judge.IOS, "report the installation", "customerId",
			answer(onPath("/installed"), write(201, `{"status":"OK","generated":"x","id":"y"}`))},
		{"Chrome turned away", judge.Android, "open the install page in Chrome", "410",
			answer(func(r *http.Request) bool { return strings.Contains(r.UserAgent(), "Android 10; K") },
				write(410, ""))},
		{"Safari turned away", judge.IOS, "open the install page in Safari", "410",
			answer(func(r *http.Request) bool { return strings.Contains(r.UserAgent(), "Version/18") },
				write(410, ""))},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVenue(t)
			c.change(v)
			if c.name == "install page in JSON" {
				setHeader("", "Content-Type", "application/json")(v)
			}
			_, err := v.journey(c.platform, v.portal())
			var step *StepError
			if !errors.As(err, &step) {
				t.Fatalf("error %v is no StepError", err)
			}
			if step.Step != c.step || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %q at %q, want %q at %q", err, step.Step, c.says, c.step)
			}
			for token := range v.tokens {
				if strings.Contains(err.Error(), token) {
					t.Errorf("the error tells the token: %v", err)
				}
			}
		})
	}
}

func TestOnboardBadLinks(t *testing.T) {
	for _, l := range []string{
		"", "portal", "/portal/x", "ftp://x/portal/y", "http://", "javascript:alert(1)", "http://%zz/",
	} {
		if _, err := Onboard(context.Background(), Journey{Platform: judge.IOS, Link: l}); err == nil {
			t.Errorf("link %q is taken", l)
		}
	}
	if _, err := Onboard(context.Background(),
		Journey{Platform: judge.Windows, Link: "http://127.0.0.1/portal/x"}); !errors.Is(
		err,
		judge.ErrPlatform,
	) {
		t.Errorf("windows: %v", err)
	}
}

func TestOnboardServerGone(t *testing.T) {
	v := newVenue(t)
	v.tokens["t0ken"] = nil
	link := v.URL + "/activate/t0ken"
	v.Close()
	_, err := v.journey(judge.IOS, link)
	var step *StepError
	if !errors.As(err, &step) || step.Err == nil || strings.Contains(err.Error(), "t0ken") {
		t.Errorf("error %v", err)
	}
}

func TestLoad(t *testing.T) {
	v := newVenue(t)
	crowd := Crowd{Link: v.portal(), Devices: 20, Concurrency: 4, Trust: judgetest.Trust(), Now: judgetest.Now}
	report, err := Load(context.Background(), crowd)
	if err != nil {
		t.Fatal(err)
	}
	if report.Failed != 0 || len(v.tokens) != 20 || report.PerSecond <= 0 || report.P50 <= 0 ||
		report.P99 < report.P50 ||
		len(report.Errors) != 0 {
		t.Errorf("report %+v, %d registered", report, len(v.tokens))
	}
	emails := map[string]bool{}
	for _, said := range v.tokens {
		emails[said["email"]] = true
	}
	if len(emails) != 20 {
		t.Errorf("%d different people, want 20", len(emails))
	}
	v.respond = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/android") {
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
		return false
	}
	report, err = Load(context.Background(), crowd)
	if err != nil || report.Failed != 10 || report.Errors["download the profile"] != 10 ||
		!strings.Contains(report.Example, "500") {
		t.Errorf("report %+v, %v", report, err)
	}
	for _, bad := range []Crowd{{Devices: 0, Concurrency: 1}, {Devices: 1}} {
		if _, err := Load(context.Background(), bad); err == nil {
			t.Errorf("%+v sets off", bad)
		}
	}
}

func TestForms(t *testing.T) {
	p := mustPage(t, "https://portal.example/portal/x", `<base href="/forms/"><form method="POST" action="send">
<input name=a value=1><input type=checkbox name=b><input type=checkbox name=c checked>`+
		`<input type=checkbox name=d required>
<input type=checkbox name=policies value=privacy><select name=s>`+
		`<option value="">-<option value=1>One<option value=2 selected>Two</select>
<select name=t><option>Plain</select><input type=date name=birthDate><input name=fullName autocomplete=name>`+
		`<input type=number name=n>
<input name=zipCode><input name=companyName><input name=title><input name=language>`+
		`<input type=submit name=go value=Go><input type=file name=f><input type=password name=password>`+
		`<input name=username>
</form>`)
	forms, err := p.postForms(person{first: "A", last: "B", email: "a@example.net", phone: "+3934700", nick: "ab"})
	if err != nil || len(forms) != 1 {
		t.Fatal(forms, err)
	}
	if got := forms[0].action.String(); got != "https://portal.example/forms/send" {
		t.Errorf("action %s", got)
	}
	want :=
		"a=1&birthDate=1990-05-17&c=on&companyName=Example+Ltd&d=on&fullName=A+B&go=Go&language=en&n=1&" +
			"password=ab-Secret1&policies=privacy&s=2&t=Plain&title=Dr&username=ab&zipCode=56121"
	if got := forms[0].values.Encode(); got != want {
		t.Errorf("values\n%s, want\n%s", got, want)
	}
}

func TestPageLinks(t *testing.T) {
	p := mustPage(t, "https://portal.example/activate/x",
		`<a href="y"> To  y </a><a>none</a><form action="/f"><button formaction="/g">G</button></form>`+
			`<iframe src="/i"></iframe><area href="/area">`)
	var got []string
	for _, l := range p.links() {
		got = append(got, l.url.Path+" "+l.text)
	}
	if want := []string{"/activate/y To y", "/f G", "/g G", "/i ", "/area "}; !slices.Equal(got, want) {
		t.Errorf("links %q, want %q", got, want)
	}
}

func mustPage(t *testing.T, address, body string) *page {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := parsePage(req.URL, &answer{status: http.StatusOK, header: http.Header{}, body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestOnboardAndJoin checks that the failure to join is reported. No RADIUS server listens.
func TestOnboardAndJoin(t *testing.T) {
	process.Require(t, "eapol_test")
	v := newVenue(t)
	nobody := radio.RADIUS{
		Address:  fmt.Sprintf("127.0.0.1:%d", process.FreePort(t)),
		Secret:   "s",
		Patience: time.Second,
	}
	_, err := Onboard(
		context.Background(),
		Journey{
			Platform: judge.Android, Link: v.portal(), Trust: judgetest.Trust(), Now: judgetest.Now, RADIUS: &nobody,
		},
	)
	var step *StepError
	if !errors.As(err, &step) || step.Step != "join the network" || !errors.Is(err, radio.ErrNoAnswer) {
		t.Errorf("error %v", err)
	}
}
