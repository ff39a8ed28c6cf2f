package server

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
)

var (
	// Tokens that apps add to the user agent of their own windows.
	inAppToken = regexp.MustCompile(`\b(Instagram|FBAN|FBAV|FB_IAB|FBIOS|musical_ly|BytedanceWebview|TikTok|MicroMessenger|KAKAOTALK|Snapchat|Pinterest|LinkedInApp|GSA|Barcelona)\b|\bLine/`)
	// Browsers of iOS that are Safari inside but take no profile.
	iosOtherToken = regexp.MustCompile(`\b(FxiOS|Focus|Ddg|DuckDuckGo|OPiOS|OPT|EdgiOS|YaBrowser|Brave)/`)
	appleVersion  = regexp.MustCompile(`\bVersion/\d`)
)

// captiveLogin ends the package names under which Android's captive login ships (com.android..., com.google.android...).
const captiveLogin = ".captiveportallogin"

// recognise reads the request's headers, by the table of what each window calls itself.
func recognise(header http.Header) environment {
	agent := cut(header.Get("User-Agent"), 1000)
	e := environment{system: systemOf(agent)}
	app := inAppToken.MatchString(agent)
	switch e.system {
	case iOS, macOS:
		e.window = appleWindow(agent, app, e.system)
	case android:
		within := header.Get("X-Requested-With") // web views name the app around them
		switch {
		case strings.HasSuffix(within, captiveLogin):
			e.window = sheet
		case app || strings.Contains(within, "."):
			e.window = inApp
		case strings.Contains(agent, "; wv)") && strings.Contains(agent, "Version/4.0 Chrome/"):
			e.window = sheet // the captive login, or an app that does not name itself: neither loses by being told to install here
		case strings.Contains(agent, "; wv)"):
			e.window = inApp
		}
	case windows:
		e.windows10 = olderThanWindows11(header.Get("Sec-CH-UA-Platform-Version"))
	}
	return e
}

func systemOf(agent string) system {
	has := func(token string) bool { return strings.Contains(agent, token) }
	switch {
	case has("Windows NT") || has("Windows Phone"):
		return windows
	case has("CrOS"):
		return chromeOS
	case has("Android"):
		return android
	case has("iPhone") || has("iPad") || has("iPod"):
		return iOS
	case has("Macintosh"):
		if has("Mobile/") || has("CriOS/") || iosOtherToken.MatchString(agent) { // an iPad that asks for desktop pages; its Safari cannot be told from a Mac's
			return iOS
		}
		return macOS
	case has("CaptiveNetworkSupport"):
		return iOS
	case has("Linux") || has("X11"):
		return linux
	}
	return ""
}

// appleWindow tells Apple's captive sheet by what it lacks: it is WebKit that names neither a version nor Safari.
func appleWindow(agent string, app bool, s system) window {
	safari := strings.Contains(agent, "Safari/")
	switch {
	case app:
		return inApp
	case strings.Contains(agent, "CaptiveNetworkSupport"):
		return sheet
	case strings.Contains(agent, "CriOS/"):
		return iosChrome
	case s == iOS && iosOtherToken.MatchString(agent):
		return iosOther
	case strings.Contains(agent, "AppleWebKit") && !appleVersion.MatchString(agent) && !safari:
		return sheet
	}
	return browser
}

// installs reports whether a download in this window can end in an installed profile.
func (e environment) installs() bool {
	switch e.window {
	case sheet:
		return e.system == android
	case inApp, iosOther:
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
