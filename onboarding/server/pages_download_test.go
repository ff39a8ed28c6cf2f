package server

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
)

// left is how many downloads the link has.
func (v *venue) left(token string) int {
	v.Helper()
	text := v.browse(http.MethodGet, "/activate/"+token, nil).want(http.StatusOK).text()
	_, after, found := strings.Cut(text, "Downloads left: ")
	if !found {
		return 0
	}
	n := 0
	if _, err := fmt.Sscan(after, &n); err != nil {
		v.Fatal(err)
	}
	return n
}

func TestDownload(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(20)
	for _, tt := range []struct {
		platform, kind, file string
	}{
		{"ios", "application/x-apple-aspen-config", ".mobileconfig"},
		{"macos", "application/x-apple-aspen-config", ".mobileconfig"},
		{"android", "application/x-wifi-config", ""},
		{"windows", "", ""},
		{"chromeos", "application/x-onc", ".onc"},
		{"eap-config", "application/x-eap-config", ".eap-config"},
	} {
		p := v.browse(http.MethodGet, "/activate/"+token+"/"+tt.platform, nil,
			func(r *http.Request) { r.Header = http.Header{} }).want(http.StatusOK)
		if got := p.header.Values("Content-Type"); tt.kind != "" && (len(got) != 1 || got[0] != tt.kind) {
			t.Errorf("%s: Content-Type %q", tt.platform, got)
		}
		disposition := p.header.Get("Content-Disposition")
		if tt.file != "" && !(strings.HasPrefix(disposition,
			"attachment; ") && strings.Contains(disposition, tt.file+`"`)) {
			t.Errorf("%s: Content-Disposition %q", tt.platform, disposition)
		}
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
			"Accept-Ranges": "none",
		} {
			if p.header.Get(name) != want {
				t.Errorf("%s: %s: %q", tt.platform, name, p.header.Get(name))
			}
		}
		if tt.platform == "android" {
			if _, has := p.header["Content-Disposition"]; has || p.header.Get("Content-Transfer-Encoding") != "base64" {
				t.Errorf("%v", p.header)
			}
			if _, err := base64.StdEncoding.DecodeString(p.raw); err != nil {
				t.Error(err)
			}
		}
	}
	for _, platform := range []string{"", "IOS", "ios/", "settings", "..%2fios", "%00", "installed"} {
		if p := v.browse(http.MethodGet, "/activate/"+token+"/"+platform,
			nil); p.status != http.StatusConflict && p.status != http.StatusNotFound {
			t.Errorf("%q: %d", platform, p.status)
		}
	}
	if n := v.left(token); n != 14 {
		t.Errorf("%d downloads are left", n)
	}
}

// TestWhatCostsNothing: page loads, HEAD and previews use up no download.
func TestWhatCostsNothing(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(1)
	for range 3 {
		v.browse(http.MethodGet, "/activate/"+token, nil).want(http.StatusOK)
		v.browse(http.MethodGet, "/activate/"+token, nil, agent(sheetAgent)).want(http.StatusOK)
		v.browse(http.MethodGet, "/activate/"+token, nil, agent("facebookexternalhit/1.1")).want(http.StatusOK)
		head := v.browse(http.MethodHead, "/activate/"+token+"/android", nil).want(http.StatusOK)
		if head.header.Get("Content-Type") != "application/x-wifi-config" ||
			head.header.Get("Content-Transfer-Encoding") != "base64" || head.raw != "" {
			t.Errorf("HEAD: %v", head.header)
		}
		v.browse(http.MethodHead, "/wifiprofile?deviceType=apple&token="+token, nil).want(http.StatusOK)
		for name, value := range map[string]string{
			"Sec-Purpose": "prefetch", "Purpose": "prefetch", "User-Agent": "WhatsApp/2.23.20.0",
		} {
			p := v.browse(http.MethodGet, "/activate/"+token+"/ios", nil, header(name, value)).want(http.StatusOK)
			if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
				t.Errorf("%s: %s got %s", name, value, p.header.Get("Content-Type"))
			}
		}
	}
	if n := v.left(token); n != 1 {
		t.Fatalf("%d downloads are left", n)
	}
	whole := v.browse(http.MethodGet, "/activate/"+token+"/ios", nil, header("Range", "bytes=0-9"),
		header("If-Range", `"x"`)).want(http.StatusOK)
	if verdict, err := platforms.Check(judge.IOS, []byte(whole.raw),
		judge.Options{Trust: v.roots, Now: v.clock.now()}); err != nil || !verdict.Accepted {
		t.Errorf("a range was not answered whole: %v %v", err, verdict)
	}
	v.browse(http.MethodHead, "/activate/"+token+"/ios", nil).want(http.StatusGone)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusGone)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil, header("Sec-Purpose", "prefetch")).want(http.StatusOK)
}

// TestSecondFetch: the same document for each program that fetches it, until the credential is
// rotated. Then the link ends, and the new one brings another.
func TestSecondFetch(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(10)
	first := v.browse(http.MethodGet, "/activate/"+token+"/android", nil, agent(wvAgent)).want(http.StatusOK)
	second := v.browse(http.MethodGet, "/activate/"+token+"/android", nil,
		func(r *http.Request) { r.Header = http.Header{"User-Agent": {downloadAgent}} }).want(http.StatusOK)
	if first.raw != second.raw {
		t.Error("a second fetch brings another document")
	}
	fresh := tokenIn(v.post("/v3/customers/"+customer+"/rotate", v.manager,
		nil).want(http.StatusOK).text("activationUrl"))
	v.browse(http.MethodGet, "/activate/"+token+"/android", nil).want(http.StatusGone)
	if third := v.browse(http.MethodGet, "/activate/"+fresh+"/android",
		nil).want(http.StatusOK); third.raw == first.raw {
		t.Error("after a rotation the old credential is handed out")
	}
}

// TestHitRace has 200 programs download at once by a link of 3: exactly 3 get a profile.
func TestHitRace(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(3)
	var got, gone atomic.Int32
	var wg sync.WaitGroup
	start := make(chan struct{})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}
	defer client.CloseIdleConnections()
	for i := range 200 {
		wg.Go(func() {
			<-start
			path := "/activate/" + token + "/" + []string{"ios", "android"}[i%2]
			if i%5 == 0 {
				path = "/wifiprofile?deviceType=android&token=" + token
			}
			a, err := client.Get(v.api.URL + path)
			if err != nil {
				t.Error(err)
				return
			}
			defer a.Body.Close()
			if _, err := io.Copy(io.Discard, a.Body); err != nil {
				t.Error(err)
			}
			switch a.StatusCode {
			case http.StatusOK:
				got.Add(1)
			case http.StatusGone:
				gone.Add(1)
			default:
				t.Errorf("%s", a.Status)
			}
		})
	}
	close(start)
	wg.Wait()
	if got.Load() != 3 || gone.Load() != 197 {
		t.Fatalf("%d downloads, %d refusals", got.Load(), gone.Load())
	}
}

func TestOlderLink(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(10)
	apple := v.browse(http.MethodGet, "/wifiprofile?token="+token+"&deviceType=apple", nil).want(http.StatusOK)
	if apple.header.Get("Content-Type") != "application/x-apple-aspen-config" {
		t.Errorf("%v", apple.header)
	}
	droid := v.browse(http.MethodGet, "/wifiprofile?token="+token+"&deviceType=android", nil).want(http.StatusOK)
	same := v.browse(http.MethodGet, "/activate/"+token+"/android", nil).want(http.StatusOK)
	if !bytes.Equal([]byte(droid.raw), []byte(same.raw)) {
		t.Error("the older link brings another document")
	}
	v.browse(http.MethodGet, "//wifiprofile?token="+token+"&deviceType=windows", nil).want(http.StatusOK)
	for query, status := range map[string]int{
		"token=" + customer + "&deviceType=apple":                     http.StatusNotFound,
		"cid=" + customer + "&deviceType=apple":                       http.StatusConflict,
		"token=" + token:                                              http.StatusConflict,
		"token=" + token + "&deviceType=symbian":                      http.StatusConflict,
		"token=" + token + "&token=" + customer + "&deviceType=apple": http.StatusConflict,
		"token=&deviceType=apple":                                     http.StatusConflict,
		"token=%ff&deviceType=apple":                                  http.StatusConflict,
		"token=%00&deviceType=apple":                                  http.StatusConflict,
		"token=%zz&deviceType=apple":                                  http.StatusConflict,
		"":                                                            http.StatusConflict,
	} {
		v.browse(http.MethodGet, "/wifiprofile?"+query, nil).want(status)
		v.browse(http.MethodHead, "/wifiprofile?"+query, nil).want(status)
	}
	if n := v.left(token); n != 6 {
		t.Errorf("%d downloads are left", n)
	}
}

func TestInstalledByForm(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(1)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	form := v.browse(http.MethodGet, "/activate/"+token+"?ssid=Guests", nil).form()
	for range 2 { // a double tap
		v.clock.advance(1e9)
		v.browse(http.MethodPost, "/activate/"+token+"/installed", form).want(http.StatusOK).says("All set", "“Guests”")
	}
	list := v.get("/v3/customers/"+customer+"/installations", v.manager).want(http.StatusOK)
	all, _ := list.json["installations"].([]any)
	if len(all) != 1 {
		t.Fatalf("installations: %s", list.raw)
	}
	one, _ := all[0].(map[string]any)
	if one["platform"] != "ios" || one["type"] != "passpoint" || one["installedBy"] != "web" ||
		one["installed"] != form.Get("installed") {
		t.Errorf("%v", one)
	}
}

func TestInstalledByProgram(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(3)
	claim := map[string]any{
		"platform": "android", "type": "passpoint", "installedBy": "com.example.app",
		"installed": "2022-07-08 08:08:44 +0000",
	}
	path := "/activate/" + token + "/installed"
	for _, platform := range []string{"settings-android", "ios"} {
		v.browse(http.MethodGet, "/activate/"+token+"/"+platform, nil).want(http.StatusOK)
	}
	first := v.post(path, "", claim).want(http.StatusCreated)
	if first.text("status") != "OK" || first.text("customerId") != customer || first.text("generated") == "" {
		t.Errorf("%s", first.raw)
	}
	if again := v.post(path, "", claim).want(http.StatusOK); again.text("id") != first.text("id") {
		t.Errorf("%s", again.raw)
	}
	form := []byte("platform=android&type=passpoint&installedBy=com.example.app&installed=2022-07-08T08:08:44Z")
	if again := v.post(path, "", form, header("Content-Type",
		"application/x-www-form-urlencoded")).want(http.StatusOK); again.text("id") != first.text("id") {
		t.Errorf("%s", again.raw)
	}
	for _, tt := range []struct {
		change map[string]any
		field  string
	}{
		{map[string]any{"platform": "symbian"}, "platform"},
		{map[string]any{"platform": nil}, "platform"},
		{map[string]any{"platform": 1}, "platform"},
		{map[string]any{"type": "wep"}, "type"},
		{map[string]any{"type": "wpa2enterprise", "platform": "eap-config", "installed": "yesterday"}, "installed"},
		{map[string]any{"installedBy": strings.Repeat("x", 300)}, "installedBy"},
		{map[string]any{"installed": "2999-01-01T00:00:00Z"}, "installed"},
	} {
		v.post(path, "", with(claim, tt.change)).blames(http.StatusConflict, tt.field)
	}
	if got := v.post(path, "", []byte("{")); got.status != http.StatusConflict || got.json["status"] != "KO" {
		t.Errorf("%s", got.raw)
	}
	v.post(path, "", bytes.Repeat([]byte("x"), 17<<10)).blames(http.StatusRequestEntityTooLarge, "")
	v.post("/activate/"+customer+"/installed", "", claim).blames(http.StatusNotFound, "")
	v.post(path, "", []byte("platform=ios&platform=android"),
		header("Content-Type", "application/x-www-form-urlencoded")).blames(http.StatusConflict, "platform")

	v.clock.advance(24 * 3600e9) // the link has ended, the report is still taken
	v.post(path, "", with(claim, map[string]any{"installed": nil, "installedBy": nil})).want(http.StatusCreated)
	form2 := map[string][]string{"platform": {"ios"}, "type": {"passpoint"}}
	page := v.browse(http.MethodPost, path, form2).want(http.StatusOK).says("All set")
	if strings.Contains(strings.Join(page.hrefs(), " "), "/activate/"+token+" ") {
		t.Error("a way back to a page that has ended")
	}
	v.clock.advance(2 * 3600e9)
	v.post(path, "", claim).blames(http.StatusGone, "")
	v.browse(http.MethodPost, path, form2).want(http.StatusGone).says("This link is no longer valid")
}
