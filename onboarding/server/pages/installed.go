package pages

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/links"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// thanksPage is the data of thanks.html.
type thanksPage struct {
	Network, SSID, Redirect, Host, Back string
	Connection                          string // empty for a link that leads to the profile alone
}

// installedBody limits the body of an installation report.
const installedBody = 16 << 10

// recordInstalled answers POST /activate/{token}/installed: with JSON to a program, with a page to
// a browser's form.
func (p *Pages) recordInstalled(c echo.Context) error {
	r := c.Request()
	in, redirect, ssid, err := installedInput(c)
	if err != nil {
		return err
	}
	token := web.Param(c, "token")
	customer, id, isNew, err := p.links.RecordInstallationByLink(r.Context(), token, in)
	if errors.Is(err, links.ErrNotDownloaded) && !wantsJSON(r) {
		return p.renderMissing(c, token, in.Platform, redirect, ssid)
	}
	if err != nil {
		p.setLinkContext(c, token)
		return p.countUnknownLink(c, err)
	}
	status := http.StatusOK
	if isNew {
		status = http.StatusCreated
	}
	if wantsJSON(r) {
		return web.Send(c, status, struct {
			web.Stamp
			ID         string `json:"id"`
			CustomerID string `json:"customerId"`
		}{web.StampAt(p.clock()), id, customer})
	}
	return p.renderThanks(c, token, in.Platform, redirect, ssid)
}

func installedInput(c echo.Context) (in links.InstallationInput, redirect, ssid string, err error) {
	if !isForm(c.Request()) {
		in, err = web.ReadInstallation(c)
		return in, "", "", err
	}
	form, err := web.ReadForm(c)
	if err != nil {
		return in, "", "", err
	}
	return links.InstallationInput{
		Platform: form.Get("platform"), Type: form.Get("type"), InstalledBy: form.Get("installedBy"),
		Installed: form.Get("installed"),
	}, form.Get("redirect_url"), form.Get("ssid"), nil
}

// isForm reports whether the body is an HTML form.
func isForm(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	return kind == echo.MIMEApplicationForm
}

// wantsJSON reports whether the client is a program: it sends no form, or does not accept HTML.
func wantsJSON(r *http.Request) bool {
	return !isForm(r) || !strings.Contains(r.Header.Get(echo.HeaderAccept), echo.MIMETextHTML)
}

// failEither writes an error as JSON or as a page, depending on the client.
func (p *Pages) failEither(c echo.Context, status int, e *onboarding.Error) error {
	if wantsJSON(c.Request()) {
		return web.SendFailure(c, p.clock(), status, e)
	}
	return p.fail(c, status, e)
}

// renderThanks renders the confirmation, up to a day after the link's end.
func (p *Pages) renderThanks(c echo.Context, token, platform, redirect, ssid string) error {
	view, err := p.links.View(c.Request().Context(), token)
	if view == nil {
		return err
	}
	o := view.Organization
	page := &thanksPage{Network: networkOf(o), SSID: networkName(ssid),
		Redirect: registration.RedirectAllowed(o, redirect)}
	if u, err := url.Parse(page.Redirect); err == nil {
		page.Host = u.Hostname()
	}
	here := func(language string) string {
		return web.Address("/activate/"+token, "lang", language, "ssid", page.SSID, "redirect_url", page.Redirect)
	}
	c.Set(selfKey, here(""))
	if !view.Link.ProfileOnly {
		page.Connection = web.Address("/activate/"+token+"/connection", "lang", chosenLanguage(c.Request(), o),
			"platform", platform, "ssid", page.SSID, "redirect_url", page.Redirect)
	}
	if err == nil {
		page.Back = here(chosenLanguage(c.Request(), o))
	}
	return p.render(c, http.StatusOK, o, "thanks", false, func(*texts) any { return page })
}

// missingPage is the data of missing.html, for a report without a download.
type missingPage struct {
	Name     string // of the platform
	Download string // address of the install page
	SignUp   string // if the link serves no downloads
}

// renderMissing answers a report of a profile that was not downloaded, and leads to the download.
func (p *Pages) renderMissing(c echo.Context, token, platform, redirect, ssid string) error {
	view, err := p.links.View(c.Request().Context(), token)
	if view == nil {
		return err
	}
	o := view.Organization
	chosen := chosenLanguage(c.Request(), o)
	here := func(pairs ...string) string {
		return web.Address("/activate/"+token, append(pairs, "ssid", networkName(ssid),
			"redirect_url", registration.RedirectAllowed(o, redirect))...)
	}
	c.Set(selfKey, here())
	web.SetError(c, links.ErrNotDownloaded)
	return p.render(c, web.Statuses[links.ErrNotDownloaded.Kind], o, "missing", false, func(t *texts) any {
		page := &missingPage{Name: platform}
		if slices.Contains(installable, platform) {
			page.Name = t.must("platform." + platform)
		}
		if err == nil && view.Link.Hits < view.Link.MaxHits {
			page.Download = here("lang", chosen, "platform", platform)
		} else {
			page.SignUp = web.Address("/portal/"+o.ID, "lang", chosen)
		}
		return page
	})
}
