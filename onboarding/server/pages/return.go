package pages

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
	"onramp/onboarding/verification"
)

// returnPath starts the addresses of the links to the self-service page that are sent.
const returnPath = "/return/"

// returnPage is the data of return.html, which asks for the address of a visitor who has signed up
// before.
type returnPage struct {
	Action, Form, Back string
	Notice             string
	Good               bool // the notice reports that a link may have been sent
	Field              *changeAddress
}

// openPage is the data of open.html, the page of a link that was sent. Opening it uses nothing up,
// because programs open links before people do.
type openPage struct{ Network, Action, Form, Notice string }

func askPurpose(o *onboarding.Organization) string { return "return " + o.ID }
func openPurpose(token string) string              { return "open " + token }

// returnAddress returns the address of the page that sends a link to the self-service page, or ""
// where the organization verifies no addresses.
func returnAddress(o *onboarding.Organization, location, lang string) string {
	if o.Portal.Verify == onboarding.VerifyNone {
		return ""
	}
	return web.Address("/portal/"+o.ID+"/return", "location", location, "lang", lang)
}

// returning returns the organization of the page and the location in its address. Without
// portal.verify there is no such page.
func (p *Pages) returning(c echo.Context) (o *onboarding.Organization, location string, err error) {
	if o, err = p.portal(c); err != nil {
		return nil, "", err
	}
	if o.Portal.Verify == onboarding.VerifyNone {
		return nil, "", onboarding.NotFoundError("page")
	}
	location = visitContext(o, c.QueryParams()).Location
	c.Set(selfKey, returnAddress(o, location, ""))
	c.Set(placeKey, o.Location(location))
	return o, location, nil
}

// showReturn answers GET /portal/{org}/return.
func (p *Pages) showReturn(c echo.Context) error {
	o, location, err := p.returning(c)
	if err != nil {
		return err
	}
	t, _ := chooseLanguage(c.Request(), o)
	return p.renderReturn(c, http.StatusOK, o, location, func(page *returnPage) {
		if c.Request().URL.Query().Get("sent") == "yes" {
			page.Notice, page.Good = t.must("return.sent"), true
		}
	})
}

// renderReturn renders the form, which change may alter.
func (p *Pages) renderReturn(
	c echo.Context, status int, o *onboarding.Organization, location string, change func(*returnPage),
) error {
	r := c.Request()
	sealed, err := p.forms.issue(r.Context(), askPurpose(o), ticket{Location: location}, p.clock())
	if err != nil {
		return err
	}
	lang, name := chosenLanguage(r, o), o.Portal.Verify.Field()
	kind := fieldKinds[name]
	page := &returnPage{
		Form: sealed, Back: web.Address(o.PortalPath(), "location", location, "lang", lang),
		Field: &changeAddress{Type: kind.inputType, Autocomplete: kind.autocomplete, Max: kind.max},
	}
	page.Action = returnAddress(o, location, lang)
	change(page)
	return p.render(c, status, o, "return", page.Field.Problem != "", func(t *texts) any {
		page.Field.Label = fieldLabel(o, t, name)
		return page
	})
}

// sendReturn answers POST /portal/{org}/return. The answer does not depend on whether the address
// is known.
func (p *Pages) sendReturn(c echo.Context) error {
	r := c.Request()
	if p.isCrossSite(r) {
		return web.ErrCrossSite
	}
	o, location, err := p.returning(c)
	if err != nil {
		return err
	}
	typed, form, standing, err := p.ticketForm(c, askPurpose(o))
	if err != nil {
		return err
	}
	t, _ := chooseLanguage(r, o)
	to := trim(typed.Get("address"))
	again := func(e *onboarding.Error, problem, notice string) error {
		status := web.Statuses[e.Kind]
		web.SetError(c, e)
		web.SetRetryAfter(c, status, e.RetryAfter)
		return p.renderReturn(c, status, o, location, func(page *returnPage) {
			page.Field.Typed, page.Field.Problem = displayable(to), problem
			if notice != "" {
				page.Notice = t.must(notice)
			}
		})
	}
	if standing != ticketValid {
		return again(&onboarding.Error{Kind: onboarding.Invalid}, "", "reconsent.expired")
	}
	err = p.verification.SendSelfLink(r.Context(), web.CallerOf(c), verification.SelfRequest{
		Organization: o, LocationID: form.Location, Form: form.ID, Language: t.code, Address: to,
		Known: p.knownRecipients(c),
	})
	if err == nil {
		return c.Redirect(http.StatusSeeOther, web.Address("/portal/"+o.ID+"/return", "sent", "yes",
			"location", location, "lang", chosenLanguage(r, o)))
	}
	e, ok := errors.AsType[*onboarding.Error](err)
	if !ok {
		return err
	}
	name := o.Portal.Verify.Field()
	_, unreachable := errors.AsType[*verification.UnreachableError](err)
	switch {
	case unreachable:
		return again(e, t.must("problem.unreachable"), "")
	case e.Kind == onboarding.Invalid && e.Field == name && to == "":
		return again(e, t.must("problem.missing", "field", fieldLabel(o, t, name)), "")
	case e.Kind == onboarding.Invalid && e.Field == name:
		return again(e, t.must(fieldKinds[name].problem), "")
	case e.Kind == onboarding.TooMany:
		return again(e, "", "return.tooMany")
	}
	return err
}

// showOpen answers GET /return/{token}.
func (p *Pages) showOpen(c echo.Context) error { return p.renderOpen(c, http.StatusOK, "") }

// renderOpen renders the question of a link that was sent.
func (p *Pages) renderOpen(c echo.Context, status int, notice string) error {
	r, token := c.Request(), web.Param(c, "token")
	link, err := p.verification.ViewSelfLink(r.Context(), web.CallerOf(c), token)
	if link == nil {
		return err
	}
	o, path := link.Organization, returnPath+url.PathEscape(token)
	c.Set(organizationKey, o)
	c.Set(selfKey, path)
	if onboarding.KindOf(err) == onboarding.Gone {
		return p.renderOpenEnd(c, o)
	}
	if err != nil {
		return err
	}
	sealed, err := p.forms.issue(r.Context(), openPurpose(token), ticket{}, p.clock())
	if err != nil {
		return err
	}
	return p.render(c, status, o, "open", false, func(t *texts) any {
		page := &openPage{Network: networkOf(o), Action: web.Address(path, "lang", chosenLanguage(r, o)), Form: sealed}
		if notice != "" {
			page.Notice = t.must(notice)
		}
		return page
	})
}

// renderOpenEnd answers for a link that was used, replaced, or has expired, and leads to a new one.
func (p *Pages) renderOpenEnd(c echo.Context, o *onboarding.Organization) error {
	web.SetError(c, &onboarding.Error{Kind: onboarding.Gone})
	if to := returnAddress(o, "", ""); to != "" {
		return p.renderDone(c, http.StatusGone, o, "return.gone", "return.again", to)
	}
	return p.renderDone(c, http.StatusGone, o, "return.gone", "error.portal", o.PortalPath())
}

// openSelf answers POST /return/{token}: it uses the link and redirects to the self-service page.
func (p *Pages) openSelf(c echo.Context) error {
	r, token := c.Request(), web.Param(c, "token")
	if p.isCrossSite(r) {
		return web.ErrCrossSite
	}
	_, form, standing, err := p.ticketForm(c, openPurpose(token))
	if err != nil {
		return err
	}
	if standing != ticketValid {
		web.SetError(c, &onboarding.Error{Kind: onboarding.Invalid})
		return p.renderOpen(c, web.Statuses[onboarding.Invalid], "reconsent.expired")
	}
	link, err := p.verification.UseSelfLink(r.Context(), web.CallerOf(c), token, form.ID)
	if link == nil {
		return err
	}
	c.Set(organizationKey, link.Organization)
	c.Set(selfKey, returnPath+url.PathEscape(token))
	var self string
	if err == nil {
		self, err = p.links.NewSelf(r.Context(), onboarding.CustomerKey{
			ID: link.CustomerID, OrganizationID: link.Organization.ID,
		})
	}
	if kind := onboarding.KindOf(err); kind == onboarding.Gone || kind == onboarding.NotFound { // deleted since
		return p.renderOpenEnd(c, link.Organization)
	}
	if err != nil {
		return err
	}
	if err := p.rememberRecipient(c, link.Recipient); err != nil {
		return err
	}
	web.NoStore(c)
	return c.Redirect(http.StatusSeeOther, web.Address("/me/"+self, "lang", chosenLanguage(r, link.Organization)))
}
