package pages

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// capportType is the media type of the answer of a captive portal API (RFC 8908, section 5).
const capportType = "application/captive+json"

// capportState is the answer of the captive portal API (RFC 8908, section 5). A device is captive
// until something ties its session to an access that was opened, and nothing does: the request has
// neither a token nor an address that this server could trust. The remaining time and the extension
// of a session are left out, because only the network knows them.
//
// AndroidCustomTabs makes newer versions of Android show the sign-up page in the real browser
// instead of a web view that closes once the network is open (the parser of Android's network stack
// reads it; the value is that of its flag).
type capportState struct {
	Captive       bool   `json:"captive"`
	UserPortalURL string `json:"user-portal-url,omitempty"`
	VenueInfoURL  string `json:"venue-info-url,omitempty"`

	AndroidCustomTabs int `json:"x-android-use-custom-tabs"`
}

// androidCustomTabs is the value that switches Android's custom tabs on.
const androidCustomTabs = 361335020

// capport answers GET /capport/{org}, whose address a network announces to devices (RFC 8910).
func (p *Pages) capport(c echo.Context) error {
	o, err := p.portal(c)
	if err != nil {
		return err
	}
	visit := visitContext(o, c.QueryParams())
	state := &capportState{Captive: true, VenueInfoURL: venueInfo(o), AndroidCustomTabs: androidCustomTabs}
	if portalOverTLS(p.publicURL) {
		state.UserPortalURL = p.publicURL + web.Address(o.PortalPath(), "location", visit.Location,
			"hotspot", visit.Hotspot, "mac", visit.MAC, "ssid", visit.SSID, "redirect_url", visit.Redirect)
	}
	body, err := json.Marshal(state)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "private, no-store")
	return c.Blob(http.StatusOK, capportType, body)
}

// portalOverTLS reports whether a device may be sent to a public URL: RFC 8908 requires TLS of the
// pages that the answer names. The loopback is allowed without it, for development.
func portalOverTLS(public string) bool {
	u, err := url.Parse(public)
	return err == nil && (u.Scheme == "https" || onboarding.IsLoopback(u.Hostname()))
}

// venueInfo returns the web page of the organization's help, if it is over TLS, else "".
func venueInfo(o *onboarding.Organization) string {
	h := o.Help()
	if h == nil {
		return ""
	}
	u, err := url.Parse(h.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsAny(h.URL, "\r\n\t ") {
		return ""
	}
	return u.String()
}
