package pages

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/links"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// installable lists the platforms of the page, in order. The app profiles in JSON are not among
// them.
var installable = []string{
	"ios", "android", "windows", "macos", "chromeos", "networkmanager", "linux", "iwd", "eap-config",
}

// installPage is the data of install.html.
type installPage struct {
	Network     string
	Name        string // of the platform; empty: not recognised
	Heading     string
	Unavailable string // reason why the platform has no profile
	UsedUp      bool
	Download    string
	Settings    template.URL // for Windows
	Deadline    string       // when iOS discards a download that starts now
	Prompts     string       // number of questions that the system asks
	Steps       []step
	Pictured    bool
	Notes       []string
	Report      *report
	Connection  string // address of the page that shows the connection
	Elsewhere   string
	Systems     []offer
	Until       string
	HitsLeft    string
	SignUp      string
}

// offer is an entry in the list of systems.
type offer struct {
	Name, URL            string
	Current, Unavailable bool
}

// report is the form of the button "It worked". It holds the time of the page, so that a double tap
// is one installation.
type report struct{ Action, Platform, Type, Installed, Redirect, SSID string }

// visitor holds the properties of an install page's visitor.
type visitor struct {
	environment
	token    string
	view     *links.View
	texts    *texts
	now      time.Time
	zone     *time.Location
	lang     string // selected by a link
	ssid     string
	redirect string
	grant    string // sealed by sealGrant
}

// showInstall answers GET /activate/{token}.
func (p *Pages) showInstall(c echo.Context) error {
	v, err := p.visitor(c, p.links.View)
	if err != nil {
		return err
	}
	r := c.Request()
	if v.system == windows { // requests the hint that distinguishes Windows 11 from 10
		c.Response().Header().Set("Accept-CH", "Sec-CH-UA-Platform-Version")
		c.Response().Header().Set("Critical-CH", "Sec-CH-UA-Platform-Version")
	}
	query := r.URL.Query()
	if v.asksAgain(query) {
		return p.renderReconsent(c, http.StatusOK, v, "", nil)
	}
	platform := query.Get("platform")
	asked := slices.Contains(installable, platform)
	shownIn := query.Get("browser")
	if shownIn != "other" && shownIn != "this" {
		shownIn = ""
	}
	if asked {
		c.Set(selfKey, v.page("platform", platform, "browser", shownIn))
	} else {
		c.Set(selfKey, v.page("browser", shownIn))
	}
	// A computer leads to the phone for which it asks.
	elsewhere := asked && shownIn == "" && v.isComputer() && isPhone(platform) &&
		v.unavailable(platform) == ""
	out := elsewhere || shownIn == "other" || !asked && shownIn != "this" && !v.installs()
	if out && !v.usedUp() && r.Method == http.MethodGet && !isPrefetch(r.Header) {
		if elsewhere {
			return p.renderPhone(c, v, platform)
		}
		return p.renderWay(c, v)
	}
	if !asked {
		platform = string(v.system)
	}
	body, err := p.installPage(c, v, platform)
	if err != nil {
		return err
	}
	return p.render(c, http.StatusOK, v.view.Organization, "install", false, func(*texts) any { return body })
}

// visitor reads the link by one of the views of Links, and the properties of the request. For a
// link that has ended, it still sets the organization for the error page.
func (p *Pages) visitor(
	c echo.Context, find func(ctx context.Context, token string) (*links.View, error),
) (*visitor, error) {
	r := c.Request()
	token := web.Param(c, "token")
	view, err := find(r.Context(), token)
	if view != nil {
		c.Set(organizationKey, view.Organization)
	}
	if err != nil {
		return nil, p.countUnknownLink(c, err)
	}
	query := r.URL.Query()
	v := &visitor{
		environment: recognise(r.Header), token: token, view: view, now: p.clock(), zone: zoneOf(view),
		lang:     chosenLanguage(r, view.Organization),
		ssid:     networkName(query.Get("ssid")),
		redirect: registration.RedirectAllowed(view.Organization, query.Get("redirect_url")),
	}
	// The pages pass on only a grant that they sealed.
	if request, err := p.openGrant(r.Context(), view.Organization, query.Get("grant"), p.publicURL); err != nil {
		return nil, err
	} else if request != nil {
		v.grant = query.Get("grant")
	}
	v.texts, _ = chooseLanguage(r, view.Organization)
	c.Set(placeKey, view.Organization.Location(view.Customer.LocationID))
	return v, nil
}

// zoneOf returns the time zone of the visitor's location.
func zoneOf(view *links.View) *time.Location {
	if l := view.Organization.Location(view.Customer.LocationID); l != nil {
		if zone, err := time.LoadLocation(l.Timezone); err == nil {
			return zone
		}
	}
	return time.UTC
}

// clockTime formats a time of day for the visitor.
func (v *visitor) clockTime(at time.Time) string { return clockTime(at, v.now, v.zone) }

// clockTime formats a time of day in a zone, with the date unless it is today.
func clockTime(at, now time.Time, zone *time.Location) string {
	at, now = at.In(zone), now.In(zone)
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04")
	}
	return at.Format("2006-01-02 15:04")
}

// page returns the address of the install page without a language.
func (v *visitor) page(pairs ...string) string {
	return web.Address("/activate/"+url.PathEscape(v.token), append(pairs, "ssid", v.ssid, "redirect_url", v.redirect,
		"grant", v.grant)...)
}

// link returns the address of the install page in the selected language.
func (v *visitor) link(pairs ...string) string { return v.page(append(pairs, "lang", v.lang)...) }

func (v *visitor) unavailable(platform string) string {
	for p, reason := range v.view.Unavailable {
		if string(p) == platform {
			return reason
		}
	}
	return ""
}

func (v *visitor) usedUp() bool { return v.view.Link.Hits >= v.view.Link.MaxHits }

func (p *Pages) installPage(c echo.Context, v *visitor, platform string) (*installPage, error) {
	t, o := v.texts, v.view.Organization
	page := &installPage{
		Network: networkOf(o), UsedUp: v.usedUp(),
		Until:    v.clockTime(v.view.Link.Expires),
		HitsLeft: fmt.Sprint(max(v.view.Link.MaxHits-v.view.Link.Hits, 0)),
		SignUp:   web.Address(o.PortalPath(), "lang", v.lang),
	}
	for _, name := range installable {
		page.Systems = append(page.Systems, offer{
			Name: t.must("platform." + name), URL: v.link("platform", name), Current: name == platform,
			Unavailable: v.unavailable(name) != "",
		})
	}
	if platform == "" {
		return page, nil
	}
	page.Name, page.Unavailable = t.must("platform."+platform), v.unavailable(platform)
	page.Heading = t.must("installOn." + platform)
	if page.Unavailable != "" {
		return page, nil
	}
	page.Download = "/activate/" + v.token + "/" + platform
	if platform == string(windows) {
		page.Settings = windowsSettings(p.publicURL + page.Download)
	}
	if platform == string(iOS) {
		page.Deadline = v.clockTime(v.now.Add(profileKept))
	}
	page.Prompts, page.Steps, page.Notes = t.must("prompts."+platform), v.steps(platform), v.notes(platform)
	page.Pictured = slices.ContainsFunc(page.Steps, func(s step) bool { return s.Picture != "" })
	if v.window != browser && v.window != iosChrome {
		page.Elsewhere = v.link("browser", "other")
	}
	networkType, err := p.links.InstallType(c.Request().Context(), v.view, platform)
	if err != nil {
		return nil, err
	}
	if !v.view.Link.ProfileOnly {
		page.Connection = (&watch{visitor: v, platform: platform}).address("lang", v.lang)
	}
	page.Report = &report{
		Action: web.Address("/activate/"+v.token+"/installed", "lang", v.lang), Platform: platform, Type: networkType,
		Installed: v.now.UTC().Truncate(time.Second).Format(time.RFC3339), Redirect: v.redirect, SSID: v.ssid,
	}
	return page, nil
}

// profileKept is the time after which iOS discards a downloaded profile that is not installed.
const profileKept = 8 * time.Minute

// stepPictures names the picture of each step, by the key of the steps.
var stepPictures = map[string][]string{
	"steps.ios":          {"iosAllow", "iosSettings", "iosInstall"},
	"steps.iosChrome":    {"iosAllow", "iosSettings", "iosInstall"},
	"steps.android":      {"androidOpen", "androidSave"},
	"steps.androidSheet": {"", "androidSave"},
	"steps.windows":      {"windowsOpen", "windowsConnect"},
	"steps.windows10":    {"windowsOpen", "windowsConnect"},
	"steps.macos":        {"macosOpen", "macosSettings", "macosInstall"},
}

// steps returns the instructions for the platform in this window.
func (v *visitor) steps(platform string) []step {
	key := "steps." + platform
	switch {
	case platform == string(iOS) && v.window == iosChrome:
		key += "Chrome"
	case platform == string(android) && v.system == android && v.window == sheet:
		key += "Sheet"
	case platform == string(windows) && v.windows10:
		key += "10"
	}
	steps := slices.Clone(v.texts.steps[key])
	for i, picture := range stepPictures[key] {
		steps[i].Picture = picture
	}
	return steps
}

func (v *visitor) notes(platform string) []string {
	t := v.texts
	var notes []string
	if platform == string(v.system) { // a phone's browser in desktop mode names one of these systems
		switch v.system {
		case macOS:
			notes = append(notes, t.must("install.ipad"))
		case windows, linux:
			notes = append(notes, t.must("install.phone"))
		}
	}
	// Android accepts a private root since version 11
	if platform == string(android) && v.view.Organization.WiFi.TrustAnchor != "" {
		notes = append(notes, t.must("install.android11"))
	}
	notes = append(notes, t.must("install.older"))
	if v.ssid != "" {
		return append(notes, t.must("install.forgetNamed", "ssid", v.ssid))
	}
	return append(notes, t.must("install.forget"))
}

// windowsSettings returns the link with which Windows downloads and adds a profile. It contains
// only our own address.
func windowsSettings(download string) template.URL {
	return template.URL("ms-settings:wifi-provisioning?uri=" + url.QueryEscape(download))
}
