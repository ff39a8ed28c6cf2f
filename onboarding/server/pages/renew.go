package pages

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// renewPage is the data of renew.html, the page of the link in a notice that the access ends.
// Opening it renews nothing, because programs open links before people do.
type renewPage struct {
	Network, Ends string
	Action, Form  string
	Notice        string
}

func renewPurpose(token string) string { return "renew " + token }

// showRenewal answers GET /renew/{token}.
func (p *Pages) showRenewal(c echo.Context) error { return p.renderRenewal(c, http.StatusOK, "") }

// renderRenewal renders the question of a notice's link.
func (p *Pages) renderRenewal(c echo.Context, status int, notice string) error {
	r, token := c.Request(), web.Param(c, "token")
	view, err := p.links.ViewNotice(r.Context(), token)
	if view == nil {
		return p.countUnknownLink(c, err)
	}
	o, path := view.Organization, "/renew/"+url.PathEscape(token)
	c.Set(organizationKey, o)
	c.Set(selfKey, path)
	if onboarding.KindOf(err) == onboarding.Gone {
		return p.renderRenewalEnd(c, o)
	}
	if err != nil {
		return err
	}
	t, _ := chooseLanguage(r, o)
	now := p.clock()
	page := &renewPage{
		Network: networkOf(o), Action: web.Address(path, "lang", chosenLanguage(r, o)),
		Ends: view.Credential.Expires.In(o.Location(o.DefaultLocation).Zone()).Format("2006-01-02"),
	}
	if notice != "" {
		page.Notice = t.must(notice)
	}
	if page.Form, err = p.forms.issue(r.Context(), renewPurpose(token), ticket{}, now); err != nil {
		return err
	}
	return p.render(c, status, o, "renew", false, func(*texts) any { return page })
}

// renderRenewalEnd answers for a link that has renewed or has ended.
func (p *Pages) renderRenewalEnd(c echo.Context, o *onboarding.Organization) error {
	web.SetError(c, &onboarding.Error{Kind: onboarding.Gone})
	return p.renderDone(c, http.StatusGone, o, "renew.gone", "error.portal", o.PortalPath())
}

// renew answers POST /renew/{token}: it renews the access and redirects to the install page.
func (p *Pages) renew(c echo.Context) error {
	r, token := c.Request(), web.Param(c, "token")
	if p.isCrossSite(r) {
		return web.ErrCrossSite
	}
	_, form, standing, err := p.ticketForm(c, renewPurpose(token))
	if err != nil {
		return err
	}
	if standing != ticketValid {
		web.SetError(c, &onboarding.Error{Kind: onboarding.Invalid})
		return p.renderRenewal(c, web.Statuses[onboarding.Invalid], "reconsent.expired")
	}
	profile, err := p.registration.RenewByNotice(r.Context(), web.CallerOf(c), token, form.ID)
	if onboarding.KindOf(err) == onboarding.Gone {
		return p.renderRenewal(c, http.StatusGone, "")
	}
	if err != nil {
		return p.countUnknownLink(c, err)
	}
	return c.Redirect(http.StatusSeeOther, web.Address("/activate/"+profile, "lang", chosenLanguage(r, nil)))
}
