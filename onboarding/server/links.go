package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

// linkBody is the request for a link.
type linkBody struct {
	ExpiresIn *int    `json:"expiresIn"` // seconds
	MaxHits   *int    `json:"maxHits"`
	Guid      *string `json:"guid"`
}

// createToken creates a link to a customer's profiles. The body is optional.
func (s *Server) createToken(c echo.Context) error {
	b, err := bindOptional[linkBody](c)
	if err != nil {
		return err
	}
	link, err := s.links.Create(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"),
		b.Value.ExpiresIn, b.Value.MaxHits, *b.Faults)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		Token   string        `json:"token"`
		URL     string        `json:"url"`
		Expires web.Timestamp `json:"expires"`
		MaxHits int           `json:"maxHits"`
	}{link.Token, link.URL, web.Seconds(link.Expires), link.MaxHits})
}
