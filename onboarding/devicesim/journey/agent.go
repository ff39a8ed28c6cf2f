package journey

import (
	"net/http"
	"time"
)

// An agent is a program on a phone that fetches pages, with the headers that it sends and whether
// it keeps cookies.
type agent struct {
	name    string
	headers http.Header
	cookies bool
}

const (
	acceptPage = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	iPhone     = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	pixel      = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A.240805.005; wv) " +
		"AppleWebKit/537.36 (KHTML, like Gecko) "
	chromeOnAndroid = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) " +
		"Chrome/141.0.0.0 Mobile Safari/537.36"
)

// navigation returns the headers of a page that a person opens (W3C Fetch Metadata), with those
// given.
func navigation(h map[string]string) http.Header {
	out := http.Header{}
	out.Set("Accept", acceptPage)
	out.Set("Accept-Language", "en-GB,en;q=0.9")
	out.Set("Sec-Fetch-Dest", "document")
	out.Set("Sec-Fetch-Mode", "navigate")
	for k, v := range h {
		out.Set(k, v)
	}
	return out
}

var (
	// safari is Safari on an iPhone.
	safari = agent{name: "Safari", cookies: true, headers: navigation(map[string]string{
		"User-Agent": iPhone + "Version/18.6 Mobile/15E148 Safari/604.1",
	})}
	// appleSheet is the captive network assistant. Its user agent has neither `Version/` nor
	// `Safari/`, and its cookies do not persist.
	appleSheet = agent{name: "Apple's captive sheet", headers: navigation(map[string]string{
		"User-Agent": iPhone + "Mobile/15E148",
	})}
	// chrome is Chrome on an Android phone, whose user agent names neither version nor model.
	chrome = agent{name: "Chrome", cookies: true, headers: navigation(map[string]string{
		"User-Agent":                chromeOnAndroid,
		"Sec-CH-UA":                 `"Google Chrome";v="141", "Not?A_Brand";v="8", "Chromium";v="141"`,
		"Sec-CH-UA-Mobile":          "?1",
		"Sec-CH-UA-Platform":        `"Android"`,
		"Upgrade-Insecure-Requests": "1",
	})}
	// androidLogin is Android's captive-portal login window, a web view.
	androidLogin = agent{name: "Android's captive login", cookies: true, headers: navigation(map[string]string{
		"User-Agent":                pixel + "Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36",
		"X-Requested-With":          "com.android.captiveportallogin",
		"Upgrade-Insecure-Requests": "1",
	})}
	// androidDownload is the service that fetches a file again for the login window, with another
	// user agent and without cookies.
	androidDownload = agent{name: "Android's download service", headers: http.Header{
		"User-Agent": {"Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP2A.240805.005)"},
		"Accept":     {"*/*"},
	}}
)

// patience is the timeout of Android's download service. People do not wait longer for a page
// either.
const patience = 30 * time.Second

// visit is a sequence of one agent's requests, with its cookies.
type visit struct {
	agent
	client *http.Client
}

// open starts a visit. Its client does not follow redirects by itself.
func (a agent) open(transport http.RoundTripper) *visit {
	v := &visit{agent: a, client: &http.Client{
		Transport:     transport,
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if a.cookies {
		v.client.Jar = newJar()
	}
	return v
}
