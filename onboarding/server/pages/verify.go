package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
	"onramp/onboarding/verification"
)

// verifyPath starts the addresses of the pages that wait for the proof of an address.
const verifyPath = "/verify/"

// verifyPage is the data of verify.html, which asks for the code that was sent.
type verifyPage struct {
	Channel  onboarding.VerifyChannel
	To       string // the address, without most of its characters
	Until    string // end of the code
	Notice   string
	Good     bool   // the notice reports a success
	Problem  string // of the code
	Captive  bool   // the window may close by itself
	Ended    bool   // there is no valid code
	Action   string // address of the form with the code
	Watch    string // address of the page that waits for the link
	Resend   string // address of the form for another code; empty: no more
	ResendAt string // earliest time of the next code; empty: now
	Change   *changeAddress
	Refresh  *refresh // set on the page that waits for the link
	Code     string   // address of the page that asks for the code, on the page that waits
}

// changeAddress is the form that replaces a mistyped address.
type changeAddress struct {
	Action, Label, Type, Autocomplete, Typed, Problem string
	Max                                               int
}

// waiting is a request to a page that waits for the proof of an address.
type waiting struct {
	session string
	is      *verification.Page
	texts   *texts
	now     time.Time
	zone    *time.Location
	lang    string
}

// at returns an address below the page, in the selected language.
func (w *waiting) at(act string, pairs ...string) string {
	path := verifyPath + url.PathEscape(w.session)
	if act != "" {
		path += "/" + act
	}
	return web.Address(path, append(pairs, "lang", w.lang)...)
}

// waiting reads the sign-up. For one that has ended, it returns an error of kind Gone as well.
func (p *Pages) waiting(c echo.Context) (*waiting, error) {
	r, session := c.Request(), web.Param(c, "session")
	is, err := p.verification.Of(r.Context(), web.CallerOf(c), session)
	if is == nil {
		return nil, err
	}
	w := &waiting{session: session, is: is, now: p.clock(), lang: chosenLanguage(r, is.Organization)}
	w.texts, w.zone = p.setSignUp(c, is)
	c.Set(selfKey, verifyPath+url.PathEscape(session))
	return w, err
}

// setSignUp makes a sign-up's organization and location those of the page.
func (p *Pages) setSignUp(c echo.Context, is *verification.Page) (*texts, *time.Location) {
	c.Set(organizationKey, is.Organization)
	l := is.Organization.Location(is.LocationID)
	c.Set(placeKey, l)
	t, _ := chooseLanguage(c.Request(), is.Organization)
	return t, l.Zone()
}

// openWaiting reads the sign-up of a form that this site has sent. It returns nil without an error
// if the answer is written: the sign-up has ended.
func (p *Pages) openWaiting(c echo.Context) (*waiting, error) {
	if p.isCrossSite(c.Request()) {
		return nil, web.ErrCrossSite
	}
	w, err := p.waiting(c)
	if w != nil && onboarding.KindOf(err) == onboarding.Gone {
		return nil, p.renderSignUpEnd(c, w.is.Organization, "verify.gone")
	}
	if err != nil {
		return nil, err
	}
	return w, nil
}

// renderSignUpEnd answers for a sign-up that cannot go on, and leads to a new one.
func (p *Pages) renderSignUpEnd(c echo.Context, o *onboarding.Organization, text string) error {
	e := onboarding.GoneError("the sign-up has ended")
	web.SetError(c, e)
	return p.renderDone(c, web.Statuses[onboarding.Gone], o, text, "error.portal", o.PortalPath())
}

// renderLocked answers a visitor who has proven the address of a locked customer.
func (p *Pages) renderLocked(c echo.Context, o *onboarding.Organization) error {
	web.SetError(c, onboarding.LockedError())
	return p.renderDone(c, web.Statuses[onboarding.Conflict], o, "verify.locked", "", "")
}

// toProfile redirects to the install page.
func toProfile(c echo.Context, token string, place verification.Place, lang string) error {
	web.NoStore(c)
	return c.Redirect(http.StatusSeeOther, web.Address("/activate/"+token, "lang", lang, "ssid", place.SSID,
		"redirect_url", place.Redirect, "grant", place.Grant))
}

// showVerify answers GET /verify/{session}. Once the visitor has confirmed the link for this
// window, it redirects to the install page.
func (p *Pages) showVerify(c echo.Context) error {
	w, err := p.waiting(c)
	switch {
	case w != nil && onboarding.KindOf(err) == onboarding.Gone:
		return p.renderSignUpEnd(c, w.is.Organization, "verify.gone")
	case err != nil:
		return err
	case w.is.Locked:
		return p.renderLocked(c, w.is.Organization)
	case w.is.Profile != "":
		return toProfile(c, w.is.Profile, w.is.Place, w.lang)
	}
	return p.renderVerify(c, http.StatusOK, w, func(page *verifyPage) {
		query := c.Request().URL.Query()
		switch {
		case w.is.Elsewhere:
			page.Notice = w.texts.must("verify.elsewhere")
		case query.Has("sent"):
			page.Notice, page.Good = w.texts.must("verify.sent"), true
		case query.Has("watch") && w.now.Before(w.is.CodeEnds):
			page.Refresh = &refresh{
				Seconds: refreshEvery(w.now.Sub(w.is.CodeEnds.Add(-onboarding.VerificationCodeFor))),
				URL:     w.at("", "watch", "yes"), Until: page.Until,
			}
			page.Code = w.at("")
			c.Set(selfKey, web.Address(verifyPath+url.PathEscape(w.session), "watch", "yes"))
		}
	})
}

// renderVerify renders the page, which change may alter.
func (p *Pages) renderVerify(c echo.Context, status int, w *waiting, change func(*verifyPage)) error {
	o, t := w.is.Organization, w.texts
	page := &verifyPage{
		Channel: w.is.Channel, To: w.is.Masked, Until: clockTime(w.is.CodeEnds, w.now, w.zone),
		Captive: recognise(c.Request().Header).captive(), Action: w.at(""), Watch: w.at("", "watch", "yes"),
	}
	name := w.is.Channel.Field()
	kind := fieldKinds[name]
	if w.is.Sends > 0 && !w.is.Elsewhere {
		page.Resend = w.at("resend")
		if w.now.Before(w.is.Resend) {
			page.ResendAt = clockTime(w.is.Resend.Add(time.Minute-time.Second), w.now, w.zone) // rounded up
		}
		page.Change = &changeAddress{
			Action: w.at("address"), Label: fieldLabel(o, t, name), Type: kind.inputType,
			Autocomplete: kind.autocomplete, Max: kind.max,
		}
	}
	if w.is.Tries <= 0 || !w.now.Before(w.is.CodeEnds) {
		page.Notice, page.Ended = t.must("verify.ended"), true
	}
	change(page)
	return p.render(c, status, o, "verify", page.Problem != "" || page.Change != nil && page.Change.Problem != "",
		func(*texts) any { return page })
}

// renderVerifyAgain renders the page after a refused form.
func (p *Pages) renderVerifyAgain(
	c echo.Context, w *waiting, e *onboarding.Error, change func(*verifyPage),
) error {
	status := web.Statuses[e.Kind]
	web.SetError(c, e)
	web.SetRetryAfter(c, status, e.RetryAfter)
	return p.renderVerify(c, status, w, change)
}

// renderTooMany renders the page with a notice after a form beyond a limit.
func (p *Pages) renderTooMany(c echo.Context, w *waiting, e *onboarding.Error, notice string) error {
	return p.renderVerifyAgain(c, w, e, func(page *verifyPage) { page.Notice = w.texts.must(notice) })
}

// proveAddress answers POST /verify/{session}, the form with the code.
func (p *Pages) proveAddress(c echo.Context) error {
	w, err := p.openWaiting(c)
	if w == nil {
		return err
	}
	typed, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	proof, err := p.verification.Prove(c.Request().Context(), web.CallerOf(c), w.session, typed.Get("code"),
		p.knownRecipients(c))
	if err == nil {
		return p.afterProof(c, proof, w.lang)
	}
	if wrong, ok := errors.AsType[*verification.WrongCodeError](err); ok {
		if w.is.Tries = wrong.Left; wrong.Left == 0 { // the page shows that the code has ended
			return p.renderVerifyAgain(c, w, &onboarding.Error{Kind: onboarding.Gone}, func(*verifyPage) {})
		}
		return p.renderVerifyAgain(c, w, onboarding.ConflictField("code", "wrong code"), func(page *verifyPage) {
			page.Problem = w.texts.must("verify.wrong", "tries", strconv.Itoa(wrong.Left))
		})
	}
	if errors.Is(err, registration.ErrPolicyChanged) {
		return p.renderSignUpEnd(c, w.is.Organization, "verify.changed")
	}
	e, ok := errors.AsType[*onboarding.Error](err)
	if !ok {
		return err
	}
	switch {
	case e.Kind == onboarding.Invalid && e.Field == "code":
		return p.renderVerifyAgain(c, w, e, func(page *verifyPage) { page.Problem = w.texts.must("verify.malformed") })
	case e.Kind == onboarding.Gone:
		again, err := p.waiting(c) // the sign-up, or only its code
		if again == nil {
			return err
		}
		if onboarding.KindOf(err) == onboarding.Gone {
			return p.renderSignUpEnd(c, w.is.Organization, "verify.gone")
		}
		return p.renderVerifyAgain(c, again, e, func(page *verifyPage) {
			page.Notice, page.Ended = w.texts.must("verify.ended"), true
		})
	case e.Kind == onboarding.TooMany:
		return p.renderTooMany(c, w, e, "verify.tried")
	}
	return err
}

// afterProof leads to the profile, and lets the browser remember that it has verified the address.
func (p *Pages) afterProof(c echo.Context, proof *verification.Proof, lang string) error {
	if proof.Profile == "" {
		return p.renderLocked(c, proof.Organization)
	}
	if err := p.rememberRecipient(c, proof.Recipient); err != nil {
		return err
	}
	return toProfile(c, proof.Profile, proof.Place, lang)
}

// resendCode answers POST /verify/{session}/resend.
func (p *Pages) resendCode(c echo.Context) error {
	w, err := p.openWaiting(c)
	if w == nil {
		return err
	}
	err = p.verification.Resend(c.Request().Context(), web.CallerOf(c), w.session, p.knownRecipients(c))
	return p.afterSending(c, w, err, "")
}

// changeAddress answers POST /verify/{session}/address.
func (p *Pages) changeAddress(c echo.Context) error {
	w, err := p.openWaiting(c)
	if w == nil {
		return err
	}
	typed, err := web.ReadForm(c)
	if err != nil {
		return err
	}
	to := trim(typed.Get("address"))
	err = p.verification.ChangeAddress(c.Request().Context(), web.CallerOf(c), w.session, to, p.knownRecipients(c))
	return p.afterSending(c, w, err, to)
}

// afterSending answers a request for another code, to the address typed or, if empty, to the same
// one.
func (p *Pages) afterSending(c echo.Context, w *waiting, err error, typed string) error {
	if err == nil {
		return c.Redirect(http.StatusSeeOther, w.at("", "sent", "yes"))
	}
	name := w.is.Channel.Field()
	e, ok := errors.AsType[*onboarding.Error](err)
	if !ok {
		return err
	}
	_, unreachable := errors.AsType[*verification.UnreachableError](err)
	switch {
	case e.Kind == onboarding.Conflict && e.Field == "": // proven meanwhile
		return c.Redirect(http.StatusSeeOther, w.at(""))
	case e.Kind == onboarding.Gone:
		return p.renderSignUpEnd(c, w.is.Organization, "verify.gone")
	case unreachable || e.Kind == onboarding.Invalid && e.Field == name:
		return p.renderVerifyAgain(c, w, e, func(page *verifyPage) {
			problem := fieldKinds[name].problem
			if unreachable {
				problem = "problem.unreachable"
			}
			if page.Change == nil {
				page.Notice = w.texts.must(problem)
				return
			}
			page.Change.Typed, page.Change.Problem = displayable(typed), w.texts.must(problem)
		})
	case e.Kind == onboarding.TooMany:
		return p.renderTooMany(c, w, e, "verify.tooMany")
	}
	return err
}
