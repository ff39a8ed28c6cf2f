package journey

import (
	"net/http"
	"time"
)

// An agent is one program on a phone that fetches pages: what it sends of its own accord, and whether it
// keeps cookies.
type agent struct {
	name    string
	headers http.Header
	cookies bool
}

const (
	acceptPage = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	iPhone     = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	pixel      = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A.240805.005; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
)

// navigation are the Fetch metadata of a page that a person opened (W3C Fetch Metadata).
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
	// appleSheet is the captive network assistant: neither `Version/` nor `Safari/`, and no cookie survives.
	appleSheet = agent{name: "Apple's captive sheet", headers: navigation(map[string]string{
		"User-Agent": iPhone + "Mobile/15E148",
	})}
	// chrome is Chrome on an Android phone, whose user agent names neither version nor model.
	chrome = agent{name: "Chrome", cookies: true, headers: navigation(map[string]string{
		"User-Agent":                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
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
	// androidDownload is the service that fetches a file again for the login window, with no cookie and under
	// another name.
	androidDownload = agent{name: "Android's download service", headers: http.Header{
		"User-Agent": {"Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP2A.240805.005)"},
		"Accept":     {"*/*"},
	}}
)

// patience is how long Android's download service waits for a file; no person waits longer for a page.
const patience = 30 * time.Second

// visit is one agent's run of requests, with its cookies.
type visit struct {
	agent
	client *http.Client
}

// open starts a visit. Redirects are never followed unseen.
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
