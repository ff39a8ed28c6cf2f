package console

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// organizationsPage is the data of organizations.html.
type organizationsPage struct{ Organizations []organizationRow }

// organizationRow is an organization with its state.
type organizationRow struct {
	navLink
	State stateLabel // empty: not known yet
}

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
	page, states := &organizationsPage{}, s.stateLabels(chooseTexts(c.Request()))
	for _, o := range all {
		page.Organizations = append(page.Organizations, organizationRow{
			navLink{Text: o.Name, URL: homeOf(is, o.ID)}, states[o.ID],
		})
	}
	return s.render(c, http.StatusOK, nil, "organizations", "", page)
}
