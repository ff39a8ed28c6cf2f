package pages

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// resumePath is the short address at which a code is typed.
const resumePath = "/go"

// resumePage is what resume.html is given.
type resumePage struct {
	Action, Form, Code, Notice string
	Ready                      bool // the code came with the address: one tap is enough
}

// showResume answers GET /go and GET /go/{code}, which is what a QR code holds. Opening it uses nothing up, for programs open addresses before people
// do; the tap does.
func (p *Pages) showResume(c echo.Context) error {
	code, ok := onboarding.ParseResumeCode(web.Param(c, "code"))
	if ok {
		c.Set(selfKey, resumePath+"/"+code)
		code = onboarding.SpacedCode(code)
	} else {
		c.Set(selfKey, resumePath)
	}
	return p.renderResume(c, http.StatusOK, code, "")
}

func (p *Pages) renderResume(c echo.Context, status int, code, notice string) error {
	r := c.Request()
	sealed, err := p.forms.issue(r.Context(), "resume", ticket{}, p.clock())
	if err != nil {
		return err
	}
	return p.render(c, status, nil, "resume", notice != "", func(t *texts) any {
		page := &resumePage{Action: address(resumePath, "lang", chosenLanguage(r, nil)), Form: sealed, Code: code, Ready: code != "" && notice == ""}
		if notice != "" {
			page.Notice = t.say(notice)
		}
		return page
	})
}

// resume answers POST /go: the code is used up, and a link of its own leads on in this browser.
func (p *Pages) resume(c echo.Context) error {
	r := c.Request()
	c.Set(selfKey, resumePath)
	if p.fromElsewhere(r) {
		return errFromElsewhere
	}
	typed, err := readForm(c)
	if err != nil {
		return err
	}
	code := typed.Get("code")
	form, standing, err := p.forms.check(r.Context(), "resume", typed.Get("form"), p.clock())
	if err != nil {
		return err
	}
	again := func(kind onboarding.Kind, notice string) error {
		web.SetError(c, &onboarding.Error{Kind: kind})
		return p.renderResume(c, web.Statuses[kind], web.Truncate(shown(code), 64), notice)
	}
	if standing != good {
		return again(onboarding.Invalid, "resume.expired")
	}
	token, err := p.service.Resume(r.Context(), web.CallerOf(c), form.ID, code)
	if e, ok := errors.AsType[*onboarding.Error](err); ok {
		switch e.Kind {
		case onboarding.Invalid:
			return again(e.Kind, "resume.malformed")
		case onboarding.NotFound:
			return again(e.Kind, "resume.wrong")
		}
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, address("/activate/"+token, "lang", chosenLanguage(r, nil)))
}
