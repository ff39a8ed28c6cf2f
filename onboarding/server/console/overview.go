package console

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// overviewPage is the data of overview.html.
type overviewPage struct{}

// showOverview answers GET /console/{org}.
func (s *Console) showOverview(c echo.Context, v *visit) error {
	return s.render(c, http.StatusOK, v, "overview", "overview", &overviewPage{})
}
