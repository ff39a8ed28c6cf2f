package pages

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
	"onramp/onboarding/verification"
)

// confirmPath starts the addresses of the links that are sent to verify an address.
const confirmPath = "/confirm/"

// addressPage is the data of address.html, the page of a link that was sent to an address. Opening
// it proves nothing, because programs open links before people do.
type addressPage struct {
	Network, To  string
	Time, Device string // of the sign-up; the device may be empty
	Action, Form string
	Notice       string
}

func addressPurpose(token string) string { return "confirm " + token }

// showAddress answers GET /confirm/{token}.
func (p *Pages) showAddress(c echo.Context) error { return p.renderAddress(c, http.StatusOK, "") }

// renderAddress renders the question of a link.
func (p *Pages) renderAddress(c echo.Context, status int, notice string) error {
	r, token := c.Request(), web.Param(c, "token")
	is, err := p.ofLink(c, token)
	if is == nil {
		return err
	}
	t, zone := p.setSignUp(c, is)
	if onboarding.KindOf(err) == onboarding.Gone {
		return p.renderSignUpEnd(c, is.Organization, "address.gone")
	}
	if err != nil {
		return err
	}
	now := p.clock()
	page := &addressPage{
		Network: networkOf(is.Organization), To: is.Masked, Time: clockTime(is.Created, now, zone),
		Action: web.Address(confirmPath+url.PathEscape(token), "lang", chosenLanguage(r, is.Organization)),
	}
	if slices.Contains(installable, is.Place.System) {
		page.Device = t.must("platform." + is.Place.System)
	}
	if notice != "" {
		page.Notice = t.must(notice)
	}
	if page.Form, err = p.forms.issue(r.Context(), addressPurpose(token), ticket{}, now); err != nil {
		return err
	}
	return p.render(c, status, is.Organization, "address", false, func(*texts) any { return page })
}

// ofLink reads the sign-up of a link, nil for an unknown one, and sets the page's own address.
func (p *Pages) ofLink(c echo.Context, token string) (*verification.Page, error) {
	is, err := p.verification.OfLink(c.Request().Context(), web.CallerOf(c), token)
	if is != nil {
		c.Set(selfKey, confirmPath+url.PathEscape(token))
	}
	return is, err
}

// confirmAddress answers POST /confirm/{token}. The field where has the value there if the visitor
// continues in the window that waits for the proof.
func (p *Pages) confirmAddress(c echo.Context) error {
	r, token := c.Request(), web.Param(c, "token")
	if p.isCrossSite(r) {
		return web.ErrCrossSite
	}
	typed, form, standing, err := p.ticketForm(c, addressPurpose(token))
	if err != nil {
		return err
	}
	if standing != ticketValid {
		web.SetError(c, &onboarding.Error{Kind: onboarding.Invalid})
		return p.renderAddress(c, web.Statuses[onboarding.Invalid], "reconsent.expired")
	}
	there := typed.Get("where") == "there"
	proof, err := p.verification.ConfirmLink(r.Context(), web.CallerOf(c), token, form.ID, there)
	if err != nil {
		return p.failAddress(c, token, err)
	}
	proof.Place.Grant = "" // it belongs to the window of the sign-up
	o := proof.Organization
	lang := chosenLanguage(r, o)
	if !there || proof.Profile == "" {
		return p.afterProof(c, proof, lang)
	}
	if err := p.rememberRecipient(c, proof.Recipient); err != nil {
		return err
	}
	return p.renderDone(c, http.StatusOK, o, "address.done", "address.also", "/activate/"+proof.Profile,
		"ssid", proof.Place.SSID, "redirect_url", proof.Place.Redirect)
}

// failAddress answers a confirmation that failed.
func (p *Pages) failAddress(c echo.Context, token string, err error) error {
	changed := errors.Is(err, registration.ErrPolicyChanged)
	if !changed && onboarding.KindOf(err) != onboarding.Gone {
		return err
	}
	is, ofErr := p.ofLink(c, token)
	if is == nil {
		return ofErr
	}
	p.setSignUp(c, is)
	if changed {
		return p.renderSignUpEnd(c, is.Organization, "verify.changed")
	}
	return p.renderSignUpEnd(c, is.Organization, "address.gone")
}
