package pages

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/links"
	"onramp/onboarding/server/web"
)

// resumePath is the short address for codes.
const resumePath = "/go"

// resumePage is the data of resume.html.
type resumePage struct {
	Action, Form, Code, Notice string
	Ready                      bool // the address holds the code; one tap continues
}

// showResume answers GET /go and GET /go/{code}, the address in a QR code. It does not use the code
// up, because programs open addresses before people do.
func (p *Pages) showResume(c echo.Context) error {
	code, ok := links.ParseResumeCode(web.Param(c, "code"))
	if ok {
		c.Set(selfKey, resumePath+"/"+code)
		code = links.SpacedCode(code)
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
		page := &resumePage{
			Action: web.Address(resumePath, "lang", chosenLanguage(r, nil)), Form: sealed, Code: code,
			Ready: code != "" && notice == "",
		}
		if notice != "" {
			page.Notice = t.must(notice)
		}
		return page
	})
}

// resume answers POST /go. It uses the code up and redirects to a link of this browser's own.
func (p *Pages) resume(c echo.Context) error {
	r := c.Request()
	c.Set(selfKey, resumePath)
	if p.isCrossSite(r) {
		return web.ErrCrossSite
	}
	typed, form, standing, err := p.ticketForm(c, "resume")
	if err != nil {
		return err
	}
	code := typed.Get("code")
	again := func(kind onboarding.Kind, notice string) error {
		web.SetError(c, &onboarding.Error{Kind: kind})
		return p.renderResume(c, web.Statuses[kind], onboarding.CutText(displayable(code), 64), notice)
	}
	if standing != ticketValid {
		return again(onboarding.Invalid, "resume.expired")
	}
	token, err := p.links.Resume(r.Context(), web.CallerOf(c), form.ID, code)
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
	return c.Redirect(http.StatusSeeOther, web.Address("/activate/"+token, "lang", chosenLanguage(r, nil)))
}
