package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding"
)

// offers reports whether the page has a link to the platform's download.
func (p *webpage) offers(token, platform string) bool {
	for _, href := range p.hrefs() {
		if href == "/activate/"+token+"/"+platform || strings.HasPrefix(href, "ms-settings:") && strings.HasSuffix(href,
			url.QueryEscape("/activate/"+token+"/"+platform)) {
			return true
		}
	}
	return false
}

func TestInstallPage(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(3)
	for _, tt := range []struct {
		name, agent, platform, says string
	}{
		{"iPhone", safariAgent, "ios", "iOS keeps the download for 8 minutes"},
		{
			"iPhone with Chrome", strings.Replace(safariAgent, "Version/18.5", "CriOS/141", 1), "ios",
			"Chrome shows a window of Safari",
		},
		{"Android", pixelAgent, "android", "Your phone asks once or twice"},
		{"Android's captive login", wvAgent, "android", "Install first"},
		{"Mac", macAgent, "macos", "On an iPad, choose"},
		{"Windows", windowsAgent, "windows", "The browser asks whether to open Settings"},
		{"Linux", linuxAgent, "networkmanager", "nmcli connection reload"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := v.onTheSpot(t)
			p := v.browse(http.MethodGet, "/activate/"+token+"?ssid=Guests", nil, agent(tt.agent)).want(http.StatusOK).
				says(tt.says, "Install it ", "forget the network “Guests”", "Downloads left: 3")
			for _, platform := range offered {
				if p.offers(token, platform) != (platform == tt.platform) {
					t.Errorf("%s is offered: %v", platform, p.offers(token, platform))
				}
			}
			form := p.form()
			if form.Get("platform") != tt.platform || form.Get("type") == "" || form.Get("installed") == "" {
				t.Errorf("the claim is %v", form)
			}
			ways := 0
			for _, href := range p.hrefs() {
				if strings.HasPrefix(href, "/activate/"+token+"?") && strings.Contains(href, "platform=") {
					other := v.browse(http.MethodGet, href, nil, agent(tt.agent)).want(http.StatusOK)
					u, err := url.Parse(href)
					if err != nil {
						t.Fatal(err)
					}
					platform := u.Query().Get("platform")
					computer := tt.platform != "ios" && tt.platform != "android"
					if computer && (platform == "ios" || platform == "android") { // first to the phone itself
						other.says("Continue on your phone")
						here := slices.IndexFunc(other.hrefs(), func(h string) bool {
							return strings.Contains(h, "browser=this")
						})
						if here < 0 {
							t.Fatalf("%s has no way on for a phone in desktop mode", href)
						}
						other = v.browse(http.MethodGet, other.hrefs()[here], nil, agent(tt.agent)).want(http.StatusOK)
					}
					if !other.offers(token, platform) {
						t.Errorf("%s does not offer what it says", href)
					}
					ways++
				}
			}
			if ways != len(offered) {
				t.Errorf("%d ways to other platforms", ways)
			}
		})
	}
	p := v.browse(http.MethodGet, "/activate/"+token, nil,
		agent("curl/8")).want(http.StatusOK).says("Which device is the profile for?")
	if p.offers(token, "ios") {
		t.Error("an unknown system is offered a profile")
	}
	v.browse(http.MethodGet, "/activate/"+token+"?platform=%3Cscript%3E", nil).want(http.StatusOK).saysNot("script>")
}

func TestWindowsVersions(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(3)
	first := v.browse(http.MethodGet, "/activate/"+token, nil, agent(windowsAgent)).want(http.StatusOK)
	if first.header.Get("Accept-CH") != "Sec-CH-UA-Platform-Version" {
		t.Error("Windows is not asked for its version")
	}
	ten := v.browse(http.MethodGet, "/activate/"+token, nil, agent(windowsAgent),
		header("Sec-CH-UA-Platform-Version", `"10.0.0"`)).says("Windows 10 takes only some signatures")
	if !ten.offers(token, "windows") {
		t.Error("Windows 10 is offered nothing")
	}
	want := "ms-settings:wifi-provisioning?uri=" + url.QueryEscape(v.api.URL+"/activate/"+token+"/windows")
	if hrefs := strings.Join(first.hrefs(), " "); !strings.Contains(hrefs, want) {
		t.Errorf("the links are %s, want %s", hrefs, want)
	}
}

// TestUnavailable: the page states the reason, and no page offers the platform.
func TestUnavailable(t *testing.T) {
	v := newVenue(t, func(o *onboarding.Organization) { o.WiFi.Passpoint = nil; o.WiFi.Inner = "pap" })
	token, _ := v.link(3)
	for name, platform := range map[string]string{pixelAgent: "android", windowsAgent: "windows"} {
		p := v.browse(http.MethodGet, "/activate/"+token, nil,
			agent(name)).want(http.StatusOK).says("There is no profile of this network for", "The reason:")
		if p.offers(token, platform) || p.named("installed") != nil {
			t.Errorf("%s is offered", platform)
		}
		for _, href := range p.hrefs() {
			if strings.Contains(href, "platform="+platform) {
				t.Errorf("a way to %s", platform)
			}
		}
		v.browse(http.MethodGet, "/activate/"+token+"/"+platform, nil).want(http.StatusConflict)
	}
	if a := v.browse(http.MethodGet, "/activate/"+token, nil); !strings.Contains(a.text(), "Downloads left: 3") {
		t.Error("a platform without a profile cost a download")
	}
}

// TestSheet: in Apple's captive sheet and in apps there is no download but the way out.
func TestSheet(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(3)
	for _, tt := range []struct {
		name, agent string
		says        []string
	}{
		{"Apple's sheet", sheetAgent, []string{"Tap Done", "Open Safari"}},
		{
			"a Mac's sheet", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
			[]string{"Tap Done", "Open your browser"},
		},
		{"Instagram on an iPhone", sheetAgent + " Instagram 350.0", []string{"inside an app", "Open Safari"}},
		{"Instagram on Android", wvAgent + " Instagram 350.0", []string{"inside an app", "Open in Chrome"}},
		{
			"Firefox on an iPhone", strings.Replace(safariAgent, "Version/18.5", "FxiOS/143", 1),
			[]string{"This browser cannot", "Open Safari"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := v.onTheSpot(t)
			p := v.browse(http.MethodGet, "/activate/"+token+"?redirect_url=https://example.com/on", nil,
				agent(tt.agent)).want(http.StatusOK).
				says(tt.says...).says(strings.TrimPrefix(v.api.URL, "https://") + "/go")
			for _, platform := range offered {
				if p.offers(token, platform) {
					t.Errorf("%s is offered", platform)
				}
			}
			if len(p.all("form")) != 0 || len(p.all("img")) != 1 {
				t.Error("a form, or no picture")
			}
			if !strings.Contains(strings.Join(p.hrefs(), " "), "https://example.com/on") {
				t.Error("no way to the address that the captive portal gave")
			}
			code := textOf(p.all("dd")[1])
			if !codeShape.MatchString(code) {
				t.Errorf("code %q", code)
			}
			here := p.hrefs()[len(p.hrefs())-2] // the last is the language's
			if over := v.browse(http.MethodGet, here, nil,
				agent(tt.agent)).want(http.StatusOK); len(over.all("form")) != 1 {
				t.Errorf("%s: whoever knows better is not shown the download", here)
			}
		})
	}
	p := v.browse(http.MethodGet, "/activate/"+token, nil, agent(wvAgent+" Instagram 350.0"))
	intent := "intent://" + strings.TrimPrefix(v.api.URL,
		"http://") + "/activate/" + token + "#Intent;scheme=http;package=com.android.chrome;end"
	if !strings.Contains(strings.Join(p.hrefs(), " "), intent) {
		t.Errorf("the links are %v", p.hrefs())
	}
	if p := v.browse(http.MethodGet, "/activate/"+token, nil, agent(wvAgent)); strings.Contains(p.raw, "intent:") {
		t.Error("Android's captive login shows an error page for intent:")
	}
	// an unrecognised window that cannot install profiles
	other := v.browse(http.MethodGet, "/activate/"+token+"?browser=other", nil).want(http.StatusOK)
	other.says("If this window cannot install the profile")
	if !codeShape.MatchString(textOf(other.all("dd")[1])) {
		t.Error("no code on demand")
	}
}

// TestRedirects leads only to hosts of the tenant.
func TestRedirects(t *testing.T) {
	v := newVenue(t)
	token, _ := v.link(3)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	for target, want := range map[string]string{
		"https://example.com/welcome?a=b&c=d": "https://example.com/welcome?a=b&c=d",
		"http://EXAMPLE.com:8080/":            "http://EXAMPLE.com:8080/",
		"https://evil.example/":               "",
		"//example.com/":                      "",
		"//evil.example/":                     "",
		"javascript:alert(1)":                 "",
		"https:\\\\evil.example/":             "",
		"https://example.com\\@evil.example/": "",
		"https://user@example.com/":           "",
		"https://example.com@evil.example/":   "",
		"https://example.com.evil.example/":   "",
		"data:text/html,x":                    "",
		"/activate":                           "",
		"":                                    "",
	} {
		path := "/activate/" + token + "?redirect_url=" + url.QueryEscape(target)
		form := v.browse(http.MethodGet, path, nil).want(http.StatusOK).form()
		if form.Get("redirect_url") != want {
			t.Errorf("%s: the form carries %q", target, form.Get("redirect_url"))
		}
		form.Set("redirect_url", target) // a changed value in the form is not trusted
		thanks := v.browse(http.MethodPost, "/activate/"+token+"/installed", form).want(http.StatusOK)
		var outside []string
		for _, href := range thanks.hrefs() {
			if !strings.HasPrefix(href, "/") || strings.HasPrefix(href, "//") {
				outside = append(outside, href)
			}
		}
		if want == "" && len(outside) > 0 || want != "" && (len(outside) != 1 || outside[0] != want) {
			t.Errorf("%s: leads to %v", target, outside)
		}
	}
}

// TestEndedLinks: error pages link to the next step.
func TestEndedLinks(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(1)
	v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	used := v.browse(http.MethodGet, "/activate/"+token+"/ios",
		nil).want(http.StatusGone).says("This link is no longer valid", "Sign up again")
	leads := strings.Join(used.hrefs(), " ")
	if !strings.Contains(leads, "/portal/"+demoID) || !strings.Contains(leads, "/activate/"+token) {
		t.Errorf("the ways on are %s", leads)
	}
	for _, name := range []string{safariAgent, sheetAgent} {
		p := v.browse(http.MethodGet, "/activate/"+token, nil,
			agent(name)).want(http.StatusOK).says("All downloads of this link are used")
		if p.offers(token, "ios") || p.named("installed") == nil {
			t.Error("a used-up link offers a download, or takes no report")
		}
	}
	v.clock.advance(onboarding.DefaultLifetime)
	for _, path := range []string{"", "/ios"} {
		p := v.browse(http.MethodGet, "/activate/"+token+path, nil,
			header("Accept-Language", "it")).want(http.StatusGone).says("Questo link non è più valido",
			"Registrati di nuovo")
		if leads := strings.Join(p.hrefs(), " "); !strings.Contains(leads, "/portal/"+demoID) || strings.Contains(leads,
			"/activate/"+token+" ") {
			t.Errorf("the ways on are %s", leads)
		}
	}
	for _, path := range []string{
		"/activate/" + token[:21], "/activate/" + token + "x", "/activate/" + customer, "/activate/%00",
		"/activate/" + strings.Repeat("x", 5000), "/activate/" + token[:21] + "/ios",
	} {
		v.browse(http.MethodGet, path, nil).want(http.StatusNotFound).says("Not found", "I have a code")
	}
}

// TestLockedCustomer: a locked credential is not delivered, and the page reports it.
func TestLockedCustomer(t *testing.T) {
	v := newVenue(t)
	token, customer := v.link(2)
	v.post("/v3/customers/"+customer+"/lock", v.manager, nil).want(http.StatusOK)
	v.browse(http.MethodGet, "/activate/"+token+"/ios",
		nil).want(http.StatusConflict).says("No profile available", "locked")
	v.post("/v3/customers/"+customer+"/unlock", v.manager, nil).want(http.StatusOK)
	for range 2 {
		v.browse(http.MethodGet, "/activate/"+token+"/ios", nil).want(http.StatusOK)
	}
}

// TestStylesheet is kept for ever under its own name, and not at all under another.
func TestStylesheet(t *testing.T) {
	v := newVenue(t)
	p := v.browse(http.MethodGet, "/portal/"+demoID, nil)
	href := ""
	for _, l := range p.all("link") {
		if attribute(l, "rel") == "stylesheet" {
			href = attribute(l, "href")
		}
	}
	css := v.browse(http.MethodGet, href, nil).want(http.StatusOK)
	if css.header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(css.header.Get("Cache-Control"),
		"immutable") || !strings.Contains(css.raw, ":focus-visible") {
		t.Errorf("%v", css.header)
	}
	if strings.Contains(css.raw, "url(") || strings.Contains(css.raw, "@import") {
		t.Error("the stylesheet asks for more")
	}
	other := v.browse(http.MethodGet, "/assets/onramp-0000000000000000.css", nil).want(http.StatusOK)
	if strings.Contains(other.header.Get("Cache-Control"), "immutable") {
		t.Error("another version's stylesheet is kept for ever")
	}
	for _, path := range []string{"/assets/other.css", "/assets/onramp-x.js", "/assets/", "/assets/..%2fen.yaml"} {
		v.browse(http.MethodGet, path, nil).want(http.StatusNotFound)
	}
}
