package pages

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/grant"
	"onramp/onboarding/server/web"
)

// resumeTicket leads a visitor to another window: an address and a code, and both as a QR code.
type resumeTicket struct {
	Address, Code, Until string
	QR                   template.URL
}

// wayPage is the data of way.html, which leads from a window that cannot install a profile to a
// browser.
type wayPage struct {
	resumeTicket
	Lead, Leave, Enter string
	Chrome             template.URL   // opens Chrome from an Android app
	Grant              *grant.Request // opens the internet access
	Redirect, Host     string         // where to go, and its host; empty with a grant
	Here               string
}

// phonePage is the data of phone.html, which leads from a computer to the phone for which the
// visitor chose a profile.
type phonePage struct {
	resumeTicket
	Here string // for a phone whose browser names itself a computer
}

// newTicket makes a ticket with a new code for a link. zone is that of its visitor.
func (p *Pages) newTicket(c echo.Context, token string, now time.Time, zone *time.Location) (resumeTicket, error) {
	code, err := p.links.NewResumeCode(c.Request().Context(), token)
	if err != nil {
		return resumeTicket{}, err
	}
	image, err := web.QRPicture(p.publicURL+resumePath+"/"+code.Code, qrPixels)
	return resumeTicket{
		Address: strings.TrimPrefix(p.publicURL, "https://") + resumePath, Code: code.Code,
		Until: clockTime(code.Expires, now, zone), QR: image,
	}, err
}

// renderPhone renders the page that leads to a phone.
func (p *Pages) renderPhone(c echo.Context, v *visitor, platform string) error {
	ticket, err := p.newTicket(c, v.token, v.now, v.zone)
	if err != nil {
		return err
	}
	page := &phonePage{ticket, v.link("platform", platform, "browser", "this")}
	return p.render(c, http.StatusOK, v.view.Organization, "phone", false, func(*texts) any { return page })
}

// renderWay renders the page that leads to a browser, with a new code.
func (p *Pages) renderWay(c echo.Context, v *visitor) error {
	ticket, err := p.newTicket(c, v.token, v.now, v.zone)
	if err != nil {
		return err
	}
	t := v.texts
	page := &wayPage{resumeTicket: ticket, Redirect: v.redirect, Here: v.link("browser", "this")}
	page.Lead, page.Leave, page.Enter = t.must("way.leadOther"), t.must("way.other"), t.must("way.anyBrowser")
	if v.window == inApp {
		page.Lead, page.Leave = t.must("way.leadApp"), t.must("way.app")
	}
	switch {
	case v.window == sheet && v.system == iOS:
		page.Lead, page.Leave, page.Enter = t.must("way.leadSheet"), t.must("way.sheetClosed"), t.must("way.safari")
	case v.window == sheet && v.system == macOS:
		page.Lead, page.Leave = t.must("way.leadMac"), t.must("way.sheetClosedMac")
	case v.window == iosOther:
		page.Lead, page.Leave, page.Enter = t.must("way.leadBrowser"), t.must("way.browser"), t.must("way.safari")
	case v.window == inApp && v.system == iOS:
		page.Enter = t.must("way.safari")
	case v.window == inApp && v.system == android:
		page.Chrome = chromeIntent(p.publicURL, v.link())
	case v.window == androidOther:
		page.Lead, page.Leave, page.Enter = t.must("way.leadAndroid"), t.must("way.browser"), t.must("way.chrome")
		page.Chrome = chromeIntent(p.publicURL, v.link())
	}
	if v.window == sheet {
		if page.Grant, err = p.grantOf(c, v); err != nil {
			return err
		}
	}
	switch {
	case page.Grant != nil:
		page.Leave, page.Redirect = t.must("way.sheetGrant"), ""
	case v.window == sheet && page.Redirect != "":
		page.Leave = t.must("way.sheet")
	}
	if u, err := url.Parse(page.Redirect); err == nil {
		page.Host = u.Hostname()
	}
	return p.render(c, http.StatusOK, v.view.Organization, "way", false, func(*texts) any { return page })
}

// chromeIntent returns a link that opens one of our addresses in Chrome from an Android app.
// (Android's captive portal login shows an error for it.)
func chromeIntent(publicURL, path string) template.URL {
	scheme, host, _ := strings.Cut(publicURL, "://")
	return template.URL("intent://" + host + path + "#Intent;scheme=" + scheme + ";package=com.android.chrome;end")
}

// qrPixels are the pixels of a module of a QR code.
const qrPixels = 4
