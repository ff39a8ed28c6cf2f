package pages

import (
	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// donePage is the data of done.html, which ends a way: a title, a text, and perhaps a next step.
type donePage struct {
	Title, Text string
	Action      *action
}

// renderDone renders the end of a way. text is the key of its texts title and text; label is that
// of the button to a path with parameters. Without a label, there is no button.
func (p *Pages) renderDone(
	c echo.Context, status int, o *onboarding.Organization, text, label, path string, pairs ...string,
) error {
	return p.render(c, status, o, "done", false, func(t *texts) any {
		page := &donePage{Title: t.must(text + ".title"), Text: t.must(text + ".text")}
		if label != "" {
			page.Action = &action{t.must(label), web.Address(path, append(pairs, "lang",
				chosenLanguage(c.Request(), o))...)}
		}
		return page
	})
}
