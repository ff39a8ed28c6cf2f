package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// The beginnings that many user agents share.
const (
	iPhoneAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	iPadAgent   = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	tabletAgent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	viewAgent   = "Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, " +
		"like Gecko) Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36"
	phoneAgent   = "Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) "
	desktopAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
)

// TestFoundC12 opens the install page as the browsers, apps and sign-in windows of phones, tablets
// and computers do, in mobile and desktop mode, and checks the offers for each.
func TestFoundC12(t *testing.T) {
	const (
		leadSheet   = "The rest happens in Safari"
		leadApp     = "You are inside an app"
		leadIOS     = "This browser cannot install a profile"
		leadAndroid = "This browser cannot hand a profile to Android"
		leadMac     = "This sign-in window cannot install a profile"
	)
	v := newVenue(t)
	token, _ := v.link(3)
	type row struct{ name, agent, hint, offered, says string }
	rows := []row{
		{"Safari on an iPhone", iPhoneAgent + "Version/18.5 Mobile/15E148 Safari/604.1", "", "ios", "Downloads left"},
		{
			"Chrome on an iPhone", iPhoneAgent + "CriOS/141.0.7390.96 Mobile/15E148 Safari/604.1", "", "ios",
			"Chrome shows a window of Safari",
		},
		{"the captive sheet", iPhoneAgent + "Mobile/15E148", "", "", "This sign-in window cannot"},
		{"the captive sheet of an iPad", iPadAgent + "Mobile/15E148", "", "", "This sign-in window cannot"},
		{"the captive sheet of a Mac", tabletAgent[:len(tabletAgent)-1], "", "", leadMac},
		{"Firefox on an iPad in desktop mode", tabletAgent + "FxiOS/143.0 Safari/605.1.15", "", "", leadIOS},
		{
			"Edge on an iPad in desktop mode", tabletAgent + "Version/18.0 EdgiOS/141.0.0.0 Safari/605.1.15", "", "",
			leadIOS,
		},
		{
			"Google's app on an iPad in desktop mode", tabletAgent + "GSA/300.0.598994205 Safari/605.1.15", "", "",
			leadApp,
		},
		{"Safari on a Mac", macAgent, "", "macos", "On an iPad, choose"},
		{
			"Yandex on a Mac", tabletAgent + "Chrome/128.0.0.0 YaBrowser/24.10.0.0 Safari/537.36", "", "macos",
			"On an iPad, choose",
		},
		{
			"DuckDuckGo on a Mac", tabletAgent + "Version/17.4 Safari/605.1.15 Ddg/17.4", "", "macos",
			"On an iPad, choose",
		},
		{"Teams on a Mac", tabletAgent + "Chrome/126.0 Electron/31.0 Safari/537.36 Teams/24.1", "", "", leadApp},
		{"WeChat on a Mac", tabletAgent + "MicroMessenger/6.8.0 MacWechat/3.8", "", "", leadApp},

		{"Chrome on Android", pixelAgent, "", "android", "Downloads left"},
		{"the captive login", wvAgent, "", "android", "Install first"},
		{
			"Android's Firefox", "Mozilla/5.0 (Android 14; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0", "", "",
			leadAndroid,
		},
		{
			"Firefox on an Android tablet", "Mozilla/5.0 (Android 14; Tablet; rv:143.0) Gecko/143.0 Firefox/143.0", "",
			"", leadAndroid,
		},
		{
			"Opera Mini", "Opera/9.80 (Android; Opera Mini/36.2.2254/191.256; U; en) Presto/2.12.423 Version/12.16", "",
			"", leadAndroid,
		},
		{
			"Samsung Internet in desktop mode", desktopAgent + "SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36", "",
			"", leadAndroid,
		},
		{
			"Silk in desktop mode", desktopAgent + "Silk/126.3 like Chrome/126.0.6478.122 Safari/537.36", "", "",
			leadAndroid,
		},
		{
			"Chrome in desktop mode with a hint", desktopAgent + "Chrome/141.0.0.0 Safari/537.36", `"Android"`,
			"android", "Downloads left",
		},
		{
			"Chrome in desktop mode without a hint", desktopAgent + "Chrome/141.0.0.0 Safari/537.36", "",
			"networkmanager", "On a phone or tablet",
		},
		{"Firefox on Linux", linuxAgent, "", "networkmanager", "On a phone or tablet"},
		{"Edge on Windows", windowsAgent + " Edg/141.0.0.0", "", "windows", "On a phone or tablet"},
		{
			"a Chromebook",
			"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 " +
				"Safari/537.36", "", "chromeos", "Downloads left",
		},
		{
			"a television",
			"Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV " +
				"Safari/537.36", "", "", "Which device",
		},
		{
			"a feature phone", "Mozilla/5.0 (Mobile; LYF/F90M; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5", "", "",
			"Which device",
		},
	}
	for _, app := range []string{
		"TeamsMobile-iOS", "Zalo iOS/500 ZaloTheme/light ZaloLanguage/vn",
		"Instagram 350.0.0.29.92 (iPhone15,2; iOS 18_5)",
		"[FBAN/FBIOS;FBAV/480.0;FBBV/1]", "musical_ly_36.0 BytedanceWebview/d8a21c6", "Safari Line/14.5.0",
		"Viber/22.1",
		"MicroMessenger/8.0.49 NetType/WIFI", "Twitter for iPhone/10.50", "[LinkedInApp]/9.30", "[Pinterest/iOS]",
		"Snapchat/13.2",
		"AnAppOfTomorrow/1.0", "Slack/24.10", "GSA/300.0 Safari/604.1", "KAKAOTALK 10.4.5",
		"NAVER(inapp; search; 1000; 12.8)",
	} {
		rows = append(rows, row{"an app on an iPhone: " + app, iPhoneAgent + "Mobile/15E148 " + app, "", "", leadApp})
	}
	for _, app := range []string{
		"TeamsMobile-Android/1416", "Zalo android/24100684", "Instagram 350.0.0 Android (34/14; 480dpi)",
		"[FB_IAB/FB4A;FBAV/480.0;]",
		"musical_ly_2023505030 BytedanceWebview/d8a21c6", "Line/14.5.0/IAB", "AnAppOfTomorrow/1.0", "GSA/15.40",
		"trill_360505",
	} {
		rows = append(rows, row{"an app on Android: " + app, viewAgent + " " + app, "", "", leadApp})
	}
	for _, browser := range []string{
		"FxiOS/143.0 Mobile/15E148 Safari/604.1", "Version/18.0 EdgiOS/141.0 Mobile/15E148 Safari/604.1",
		"Version/18.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15", "Version/18.5 Mobile/15E148 Safari/604.1 OPT/5.2.1",
		"Version/18.5 Mobile/15E148 Safari/604.1 Ddg/18.5", "Version/16.0 YaBrowser/24.1 Mobile/15E148 Safari/604.1",
	} {
		rows = append(rows, row{"a browser on an iPhone: " + browser, iPhoneAgent + browser, "", "", leadIOS})
	}
	for _, browser := range []string{
		"SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
		"Chrome/141.0.0.0 Mobile Safari/537.36 EdgA/141.0.0.0",
		"Chrome/128.0.0.0 Mobile Safari/537.36 OPR/84.0", "Version/4.0 Chrome/141.0 Mobile DuckDuckGo/5 Safari/537.36",
		"Version/4.0 Chrome/89.0 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.10",
		"Chrome/114.0 HuaweiBrowser/15.0 Mobile Safari/537.36",
		"Version/4.0 Chrome/115.0 UCBrowser/13.7 Mobile Safari/537.36",
		"Chrome/128.0 YaBrowser/24.10 Mobile Safari/537.36",
		"Silk/126.3 like Chrome/126.0 Safari/537.36", "Chrome/141.0 Whale/3.0 Mobile Safari/537.36",
	} {
		rows = append(rows, row{"a browser on Android: " + browser, phoneAgent + browser, "", "", leadAndroid})
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			v := v.onTheSpot(t)
			p := v.browse(http.MethodGet, "/activate/"+token, nil, agent(tt.agent),
				header("Sec-CH-UA-Platform", tt.hint)).
				want(http.StatusOK).says(tt.says)
			for _, platform := range offered {
				if p.offers(token, platform) != (platform == tt.offered) {
					t.Errorf("%s is offered: %v", platform, p.offers(token, platform))
				}
			}
			chrome := slices.ContainsFunc(p.hrefs(), func(l string) bool { return strings.HasPrefix(l, "intent:") })
			onAndroid := tt.says == leadAndroid || tt.says == leadApp && strings.Contains(tt.agent, "Android")
			if chrome != onAndroid {
				t.Errorf("a link that opens Chrome: %v, want %v", chrome, onAndroid)
			}
		})
	}
}
