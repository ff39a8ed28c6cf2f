package console

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// organizationsPage is the data of organizations.html.
type organizationsPage struct{ Organizations []navLink }

// start answers GET /console: it leads to the session's organization, or lists all.
func (s *Console) start(c echo.Context) error {
	is := sessionOf(c)
	all, err := s.Access.OperatorOrganizations(c.Request().Context(), is)
	if err != nil {
		return err
	}
	if len(all) == 1 {
		return c.Redirect(http.StatusSeeOther, homeOf(is, all[0].ID))
	}
	page := &organizationsPage{}
	for _, o := range all {
		page.Organizations = append(page.Organizations, navLink{Text: o.Name, URL: homeOf(is, o.ID)})
	}
	return s.render(c, http.StatusOK, nil, "organizations", "", page)
}
