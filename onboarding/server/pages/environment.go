package pages

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// environment is where a visitor seems to be. User agents are hints: every page also offers what it did not guess.
type environment struct {
	system system
	window window
	// windows10 is set when the browser said that it is older than Windows 11.
	windows10 bool
}

// system is an operating system, named as the platform whose profile it takes first.
type system string

const (
	iOS      system = "ios"
	macOS    system = "macos"
	android  system = "android"
	windows  system = "windows"
	chromeOS system = "chromeos"
	linux    system = "networkmanager"
)

// window is the kind of window that shows the page.
type window int

const (
	// browser is one that can hand a profile to its system.
	browser window = iota
	// sheet is the system's own window for captive portals: Apple's installs nothing, Android's does.
	sheet
	// inApp is a window inside another app.
	inApp
	// iosChrome hands a download to Safari's view controller.
	iosChrome
	// iosOther is a browser of iOS that does nothing with a profile.
	iosOther
	// androidOther is a browser of Android that does not hand a profile to the system: only Chrome
	// does.
	androidOther
)

var (
	// plainWebKit are the products that Safari names. Safari adds no other; apps and other browsers
	// add their own.
	plainWebKit = []string{"Mozilla", "AppleWebKit", "Version", "Mobile", "Safari"}
	// plainChrome are the products that Chrome names on Android.
	plainChrome = []string{"Mozilla", "AppleWebKit", "Chrome", "Mobile", "Safari"}
	// plainWebView are the products of an Android web view to which no app has added its own.
	plainWebView = append([]string{"Version"}, plainChrome...)
	// iosBrowsers are browsers of iOS, which are Safari inside but take no profile.
	iosBrowsers = []string{
		"FxiOS", "Focus", "Klar", "EdgiOS", "OPiOS", "OPT", "OPX", "DuckDuckGo", "Ddg", "Brave", "YaBrowser",
		"UCBrowser", "MQQBrowser", "Vivaldi", "Whale", "AlohaBrowser", "Ecosia", "Quark", "QuarkBrowser", "Puffin",
		"Phoenix", "Maxthon", "MiuiBrowser", "baidubrowser", "coc_coc_browser", "Coast", "Mercury", "Arc", "Orion",
	}
	// iosOnly are products that only iOS has. They give away an iPad that asks for desktop pages.
	iosOnly = []string{"Mobile", "CriOS", "FxiOS", "EdgiOS", "OPiOS", "OPT", "OPX", "GSA"}
	// androidOnly are browsers that give away an Android device that asks for desktop pages.
	androidOnly = []string{
		"SamsungBrowser", "EdgA", "HuaweiBrowser", "MiuiBrowser", "HeyTapBrowser", "VivoBrowser", "UCBrowser", "Silk",
		"XiaoMi",
	}
	// apps are products that apps name in windows which otherwise look like a browser's.
	apps = []string{
		"Instagram", "BytedanceWebview", "TikTok", "MicroMessenger", "KAKAOTALK", "Snapchat", "GSA", "Barcelona", "Line",
		"Zalo", "TeamsMobile-Android", "TeamsMobile-iOS", "Teams", "Slack_SSB", "Electron", "DingTalk", "AlipayClient",
		"Flipboard", "NAVER", "Weibo", "baiduboxapp", "Viber", "trill", "Bumble", "Nextdoor",
	}
	// appToken finds apps that write their names in brackets or joined to a version.
	appToken = regexp.MustCompile(`\[(FB|LinkedIn|Pinterest)|\bFB(AN|AV|_IAB|IOS)\b|\bmusical_ly|\bLinkedInApp\b`)
)

// captiveLogin ends the package names under which Android's captive login ships
// (com.android..., com.google.android...).
const captiveLogin = ".captiveportallogin"

// recognise reads the request's headers. User agents are hints; client hints count where a browser
// sends them.
func recognise(header http.Header) environment {
	a := parseUserAgent(header.Get("User-Agent"))
	e := environment{system: systemOf(a, hinted(header.Get("Sec-CH-UA-Platform")))}
	switch e.system {
	case iOS:
		e.window = iosWindow(a)
	case macOS:
		e.window = macWindow(a)
	case android:
		e.window = androidWindow(a, header.Get("X-Requested-With"))
	case windows:
		e.windows10 = olderThanWindows11(header.Get("Sec-CH-UA-Platform-Version"))
	}
	return e
}

// hinted returns the text of a client hint (a string of RFC 8941), or "".
func hinted(value string) string { return strings.Trim(value, `" `) }

// systemOf returns the operating system that the user agent names. In desktop mode a browser names
// another one: products that exist on phones only, and the platform's client hint, show it.
func systemOf(a userAgent, platform string) system {
	switch {
	case a.on("Tizen", "Web0S", "webOS", "KAIOS", "SMART-TV") || a.names("KAIOS"):
		return ""
	case a.on("Windows NT", "Windows Phone"):
		return windows
	case a.on("CrOS") || platform == "Chrome OS" || platform == "Chromium OS":
		return chromeOS
	case a.on("Android"):
		return android
	case a.on("iPhone", "iPad", "iPod"):
		return iOS
	case a.on("Macintosh"):
		if a.names(iosOnly...) { // the iPad's Safari itself cannot be told from a Mac's
			return iOS
		}
		return macOS
	case a.on("CaptiveNetworkSupport"):
		return iOS
	case a.on("Linux", "X11"):
		if a.names(androidOnly...) || platform == "Android" {
			return android
		}
		return linux
	}
	return ""
}

// isApp reports whether an app names itself.
func (a userAgent) isApp() bool { return a.names(apps...) || appToken.MatchString(a.whole) }

// isAppleSheet reports whether this is Apple's captive sheet: WebKit that names neither a version,
// nor Safari, nor an app. A web view of an app that adds no name looks the same.
func (a userAgent) isAppleSheet() bool {
	return a.on("CaptiveNetworkSupport") ||
		a.names("AppleWebKit") && !a.names("Version", "Safari") && a.beyond(plainWebKit...) == ""
}

func iosWindow(a userAgent) window {
	switch {
	case a.isAppleSheet():
		return sheet
	case a.isApp():
		return inApp
	case a.names("CriOS"):
		return iosChrome
	case a.names(iosBrowsers...):
		return iosOther
	case len(a.products) == 0 || a.names("Version") && a.names("Safari") && a.beyond(plainWebKit...) == "":
		return browser
	}
	return inApp
}

func macWindow(a userAgent) window {
	switch {
	case a.isAppleSheet():
		return sheet
	case a.isApp() || !a.names("Version", "Safari", "Gecko") && len(a.products) > 0:
		return inApp
	}
	return browser
}

// androidWindow also reads the header in which a web view names the app around it.
func androidWindow(a userAgent, within string) window {
	switch {
	case strings.HasSuffix(within, captiveLogin):
		return sheet
	case a.isApp() || strings.Contains(within, "."):
		return inApp
	case a.on("; wv"):
		// The captive login, or an app that does not name itself: neither loses by being told to
		// install here.
		if a.names("Version") && a.names("Chrome") && a.beyond(plainWebView...) == "" {
			return sheet
		}
		return inApp
	case a.names("Dalvik", "AndroidDownloadManager"): // the system's own download services
		return browser
	case a.names("Chrome") && a.beyond(plainChrome...) == "":
		return browser
	}
	return androidOther
}

// installs reports whether a download in this window can end in an installed profile.
func (e environment) installs() bool {
	switch e.window {
	case sheet:
		return e.system == android
	case inApp, iosOther, androidOther:
		return false
	}
	return true
}

// captive reports whether the page is in a system's own sign-in window, which opens no second window.
func (e environment) captive() bool { return e.window == sheet }

// olderThanWindows11 reads the client hint, whose first number is 13 or more on Windows 11 (Microsoft's documentation of user-agent client
// hints). Without a hint nothing is known.
func olderThanWindows11(hint string) bool {
	major, _, _ := strings.Cut(strings.Trim(hint, `" `), ".")
	n, err := strconv.Atoi(major)
	return err == nil && n < 13
}

// previewers are the fetchers that make a picture of a link that somebody sends. They get pages, never a profile.
var previewers = regexp.MustCompile(`(?i)facebookexternalhit|facebot|twitterbot|slackbot|slack-imgproxy|telegrambot|whatsapp/|discordbot|linkedinbot|skypeuripreview|` +
	`bingpreview|pinterestbot|redditbot|viberbot|line-poker|mastodon|googlebot|bingbot|applebot|yandexbot|duckduckbot|google-pagerenderer|embedly|iframely`)

// looksAhead reports whether nobody has asked for this yet: a prefetch or a link's preview.
func looksAhead(header http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		switch value := strings.ToLower(header.Get(name)); {
		case strings.Contains(value, "prefetch"), strings.Contains(value, "prerender"), strings.Contains(value, "preview"):
			return true
		}
	}
	return previewers.MatchString(header.Get("User-Agent"))
}
