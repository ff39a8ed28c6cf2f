package pages

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// environment is the guessed environment of a visitor. User agents are hints; every page also
// offers the alternatives.
type environment struct {
	system system
	window window
	// windows10 is set if the browser reports a version before Windows 11.
	windows10 bool
}

// system is an operating system, named like the platform of its preferred profile.
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
	// browser passes a profile to its system.
	browser window = iota
	// sheet is the system's captive portal window. Apple's cannot install a profile, Android's can.
	sheet
	// inApp is a web view of an app.
	inApp
	// iosChrome passes a download to Safari's view controller.
	iosChrome
	// iosOther is a browser of iOS that cannot install a profile.
	iosOther
	// androidOther is a browser of Android other than Chrome; it does not pass a profile to the
	// system.
	androidOther
)

var (
	// plainWebKit lists the products in Safari's user agent. Apps and other browsers add their own.
	plainWebKit = []string{"Mozilla", "AppleWebKit", "Version", "Mobile", "Safari"}
	// plainChrome lists the products in Chrome's user agent on Android.
	plainChrome = []string{"Mozilla", "AppleWebKit", "Chrome", "Mobile", "Safari"}
	// plainWebView lists the products of an Android web view without an app's own.
	plainWebView = append([]string{"Version"}, plainChrome...)
	// iosBrowsers lists browsers of iOS that use Safari's engine but cannot install a profile.
	iosBrowsers = []string{
		"FxiOS", "Focus", "Klar", "EdgiOS", "OPiOS", "OPT", "OPX", "DuckDuckGo", "Ddg", "Brave", "YaBrowser",
		"UCBrowser", "MQQBrowser", "Vivaldi", "Whale", "AlohaBrowser", "Ecosia", "Quark", "QuarkBrowser", "Puffin",
		"Phoenix", "Maxthon", "MiuiBrowser", "baidubrowser", "coc_coc_browser", "Coast", "Mercury", "Arc", "Orion",
	}
	// iosOnly lists products that exist on iOS only. They identify an iPad that requests desktop
	// pages.
	iosOnly = []string{"Mobile", "CriOS", "FxiOS", "EdgiOS", "OPiOS", "OPT", "OPX", "GSA"}
	// androidOnly lists browsers that identify an Android device that requests desktop pages.
	androidOnly = []string{
		"SamsungBrowser", "EdgA", "HuaweiBrowser", "MiuiBrowser", "HeyTapBrowser", "VivoBrowser", "UCBrowser", "Silk",
		"XiaoMi",
	}
	// apps lists products of apps whose web views otherwise look like a browser.
	apps = []string{
		"Instagram", "BytedanceWebview", "TikTok", "MicroMessenger", "KAKAOTALK", "Snapchat", "GSA", "Barcelona",
		"Line",
		"Zalo", "TeamsMobile-Android", "TeamsMobile-iOS", "Teams", "Slack_SSB", "Electron", "DingTalk", "AlipayClient",
		"Flipboard", "NAVER", "Weibo", "baiduboxapp", "Viber", "trill", "Bumble", "Nextdoor",
	}
	// appToken matches apps that write their names in brackets or joined to a version.
	appToken = regexp.MustCompile(`\[(FB|LinkedIn|Pinterest)|\bFB(AN|AV|_IAB|IOS)\b|\bmusical_ly|\bLinkedInApp\b`)
)

// captiveLogin is the suffix of the package names of Android's captive portal login
// (com.android..., com.google.android...).
const captiveLogin = ".captiveportallogin"

// recognise guesses the environment from a request's headers: the user agent, and client hints
// where a browser sends them.
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

// systemOf returns the operating system in the user agent. In desktop mode, a browser names another
// one; then products that exist on phones only, or the client hint of the platform, identify the
// phone.
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
		if a.names(iosOnly...) { // Safari on an iPad in desktop mode looks like a Mac
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

// isApp reports whether the user agent names an app.
func (a userAgent) isApp() bool { return a.names(apps...) || appToken.MatchString(a.whole) }

// isAppleSheet reports whether this is Apple's captive portal window: WebKit without a version,
// Safari or an app in its name. A web view of an app that adds no name looks the same.
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

// androidWindow also reads the header with which a web view names its app.
func androidWindow(a userAgent, within string) window {
	switch {
	case strings.HasSuffix(within, captiveLogin):
		return sheet
	case a.isApp() || strings.Contains(within, "."):
		return inApp
	case a.on("; wv"):
		// Either the captive portal login, or an app that does not name itself. In both, the page
		// may offer the installation.
		if a.names("Version") && a.names("Chrome") && a.beyond(plainWebView...) == "" {
			return sheet
		}
		return inApp
	case a.names("Dalvik", "AndroidDownloadManager"): // the system's download services
		return browser
	case a.names("Chrome") && a.beyond(plainChrome...) == "":
		return browser
	}
	return androidOther
}

// installs reports whether a download in this window can lead to an installed profile.
func (e environment) installs() bool {
	switch e.window {
	case sheet:
		return e.system == android
	case inApp, iosOther, androidOther:
		return false
	}
	return true
}

// isComputer reports whether the system is a computer's. A phone's browser in desktop mode names
// one as well.
func (e environment) isComputer() bool {
	switch e.system {
	case windows, macOS, chromeOS, linux:
		return true
	}
	return false
}

// isPhone reports whether profiles of a platform are for phones and tablets.
func isPhone(platform string) bool { return platform == string(iOS) || platform == string(android) }

// captive reports whether the page is in a captive portal window, which cannot open a second
// window.
func (e environment) captive() bool { return e.window == sheet }

// olderThanWindows11 reads the client hint of the platform version, which starts at 13 on Windows
// 11 (Microsoft's documentation of user-agent client hints). It returns false without a hint.
func olderThanWindows11(hint string) bool {
	major, _, _ := strings.Cut(strings.Trim(hint, `" `), ".")
	n, err := strconv.Atoi(major)
	return err == nil && n < 13
}

// previewers matches programs that fetch a preview of a link in a message. They get pages, never a
// profile.
var previewers = regexp.MustCompile(`(?i)facebookexternalhit|facebot|twitterbot|slackbot|slack-imgproxy|` +
	`telegrambot|whatsapp/|discordbot|linkedinbot|skypeuripreview|bingpreview|pinterestbot|redditbot|viberbot|` +
	`line-poker|mastodon|googlebot|bingbot|applebot|yandexbot|duckduckbot|google-pagerenderer|embedly|iframely`)

// isPrefetch reports whether a request is a prefetch or a link preview, without a user's action.
func isPrefetch(header http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		switch value := strings.ToLower(header.Get(name)); {
		case strings.Contains(value, "prefetch"), strings.Contains(value, "prerender"),
			strings.Contains(value, "preview"):
			return true
		}
	}
	return previewers.MatchString(header.Get("User-Agent"))
}
