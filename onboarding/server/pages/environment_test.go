package pages

import (
	"net/http"
	"testing"
)

// The user agents of the tests.
const (
	safariUserAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like " +
		"Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
	sheetUserAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like " +
		"Gecko) Mobile/15E148"
	pixelUserAgent = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 " +
		"Mobile Safari/537.36"
	wvUserAgent = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A.240805.005; wv) AppleWebKit/537.36 " +
		"(KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36"
	windowsUserAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) " +
		"Chrome/141.0.0.0 Safari/537.36"
	macUserAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) " +
		"Version/18.5 Safari/605.1.15"
	linuxUserAgent    = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	downloadUserAgent = "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/AP2A.240805.005)"
)

func TestRecognise(t *testing.T) {
	const iPhone, mac = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, " +
		"like Gecko) ", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	const wv = "Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, " +
		"like Gecko) "
	for _, tt := range []struct {
		name, agent, hint string
		want              environment
		installs          bool
	}{
		{"Safari on an iPhone", safariUserAgent, "", environment{system: iOS}, true},
		{
			"Safari on an old iPad",
			"Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 " +
				"Mobile/15E148 Safari/604.1", "", environment{system: iOS}, true,
		},
		{"the captive sheet of an iPhone", sheetUserAgent, "", environment{system: iOS, window: sheet}, false},
		{
			"the captive sheet of an iPad that asks for desktop pages", mac + "Mobile/15E148", "",
			environment{system: iOS, window: sheet}, false,
		},
		{
			"the captive sheet of a Mac",
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)", "",
			environment{system: macOS, window: sheet}, false,
		},
		{
			"the probe before the sheet", "CaptiveNetworkSupport-443.80.1 wispr", "",
			environment{system: iOS, window: sheet}, false,
		},
		{
			"Chrome on an iPhone", iPhone + "CriOS/141.0.7390.96 Mobile/15E148 Safari/604.1", "",
			environment{system: iOS, window: iosChrome}, true,
		},
		{
			"Chrome on an iPad that asks for desktop pages", mac + "CriOS/141 Version/18.5 Safari/605.1.15", "",
			environment{system: iOS, window: iosChrome}, true,
		},
		{
			"Firefox on an iPhone", iPhone + "FxiOS/143.0 Mobile/15E148 Safari/604.1", "",
			environment{system: iOS, window: iosOther}, false,
		},
		{
			"Firefox on an iPad", mac + "FxiOS/143.0 Safari/605.1.15", "", environment{system: iOS, window: iosOther},
			false,
		},
		{
			"DuckDuckGo on an iPhone", iPhone + "Version/18.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15", "",
			environment{system: iOS, window: iosOther}, false,
		},
		{
			"Instagram on an iPhone", iPhone + "Mobile/15E148 Instagram 350.0.0.29.92 (iPhone15,2; iOS 18_5)", "",
			environment{system: iOS, window: inApp}, false,
		},
		{
			"Facebook on an iPhone", iPhone + "Mobile/15E148 [FBAN/FBIOS;FBAV/480.0;FBBV/1]", "",
			environment{system: iOS, window: inApp}, false,
		},
		{
			"TikTok on an iPhone", iPhone + "Mobile/15E148 musical_ly_36.0 BytedanceWebview/d8a21c6", "",
			environment{system: iOS, window: inApp}, false,
		},
		{
			"Line on an iPhone", iPhone + "Mobile/15E148 Safari Line/14.5.0", "",
			environment{system: iOS, window: inApp}, false,
		},
		{"Safari on a Mac, or on an iPad", macUserAgent, "", environment{system: macOS}, true},
		{
			"Chrome on a Mac",
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) " +
				"Chrome/141.0.0.0 Safari/537.36", "", environment{system: macOS}, true,
		},
		{
			"Firefox on a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0",
			"", environment{system: macOS}, true,
		},
		{"Chrome on a Pixel", pixelUserAgent, "", environment{system: android}, true},
		{
			"Samsung's browser",
			"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 " +
				"Chrome/130.0.0.0 Mobile Safari/537.36", "", environment{system: android, window: androidOther}, false,
		},
		{"Android's captive login", wvUserAgent, "", environment{system: android, window: sheet}, true},
		{
			"Instagram on Android", wv + "Version/4.0 Chrome/141.0 Mobile Safari/537.36 Instagram 350.0.0 Android", "",
			environment{system: android, window: inApp}, false,
		},
		{
			"Facebook on Android", wv + "Version/4.0 Chrome/141.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/480.0;]", "",
			environment{system: android, window: inApp}, false,
		},
		{
			"another app's window on Android", wv + "Chrome/141.0 Mobile Safari/537.36", "",
			environment{system: android, window: inApp}, false,
		},
		{"Android's download service", downloadUserAgent, "", environment{system: android}, true},
		{"Windows without a hint", windowsUserAgent, "", environment{system: windows}, true},
		{"Windows 11", windowsUserAgent, `"15.0.0"`, environment{system: windows}, true},
		{"the first Windows 11", windowsUserAgent, `"13.0.0"`, environment{system: windows}, true},
		{"Windows 10", windowsUserAgent, `"10.0.0"`, environment{system: windows, windows10: true}, true},
		{"Windows 7", windowsUserAgent, `"0.1.0"`, environment{system: windows, windows10: true}, true},
		{"Windows with a hint that is none", windowsUserAgent, `"?"`, environment{system: windows}, true},
		{
			"a Chromebook",
			"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 " +
				"Safari/537.36", "", environment{system: chromeOS}, true,
		},
		{"Firefox on Linux", linuxUserAgent, "", environment{system: linux}, true},
		{"no name", "", "", environment{}, true},
		{"curl", "curl/8.5.0", "", environment{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			h.Set("User-Agent", tt.agent)
			h.Set("Sec-CH-UA-Platform-Version", tt.hint)
			got := recognise(h)
			if got != tt.want || got.installs() != tt.installs {
				t.Errorf("recognise = %+v, installs %v; want %+v, %v", got, got.installs(), tt.want, tt.installs)
			}
		})
	}
}

// TestAround: a web view's own header is more specific than its name.
func TestAround(t *testing.T) {
	for within, want := range map[string]window{
		"com.android.captiveportallogin": sheet, "com.google.android.captiveportallogin": sheet,
		"com.example.chat": inApp, "XMLHttpRequest": sheet, "": sheet,
	} {
		h := http.Header{}
		h.Set("User-Agent", wvUserAgent)
		h.Set("X-Requested-With", within)
		if got := recognise(h); got.window != want {
			t.Errorf("%q: window %v, want %v", within, got.window, want)
		}
	}
}

func TestLooksAhead(t *testing.T) {
	for _, tt := range []struct {
		name, value string
		want        bool
	}{
		{"Sec-Purpose", "prefetch;prerender", true},
		{"Sec-Purpose", "prefetch", true},
		{"Purpose", "prefetch", true},
		{"X-Purpose", "preview", true},
		{"X-Moz", "prefetch", true},
		{"Sec-Purpose", "", false},
		{"User-Agent", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", true},
		{"User-Agent", "WhatsApp/2.24.1 A", true},
		{
			"User-Agent",
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 " +
				"Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0", true,
		},
		{"User-Agent", "TelegramBot (like TwitterBot)", true},
		{"User-Agent", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", true},
		{"User-Agent", "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", true},
		{"User-Agent", safariUserAgent, false},
		{"User-Agent", sheetUserAgent, false},
		{"User-Agent", wvUserAgent, false},
		{"User-Agent", downloadUserAgent, false},
		{"User-Agent", windowsUserAgent, false},
		{"User-Agent", "Microsoft-Windows-Settings", false},
		{"User-Agent", "", false},
	} {
		h := http.Header{}
		h.Set(tt.name, tt.value)
		if got := isPrefetch(h); got != tt.want {
			t.Errorf("%s: %s: looksAhead = %v", tt.name, tt.value, got)
		}
	}
}

// FuzzRecognise wants an answer for whatever calls itself whatever.
func FuzzRecognise(f *testing.F) {
	for _, agent := range []string{
		safariUserAgent, sheetUserAgent, wvUserAgent, windowsUserAgent, "\xff", "Windows NT",
	} {
		f.Add(agent, `"10"`)
	}
	f.Fuzz(func(t *testing.T, agent, hint string) {
		e := recognise(http.Header{"User-Agent": {agent}, "Sec-Ch-Ua-Platform-Version": {hint}})
		if e.window == sheet && e.system != iOS && e.system != macOS && e.system != android {
			t.Errorf("a captive sheet on %q", e.system)
		}
		if !e.installs() && e.system == "" {
			t.Error("no way on for an unknown system")
		}
	})
}
