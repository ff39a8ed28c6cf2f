package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

// linkBody holds the members of the request for a link.
var linkBody = web.ObjectOf("expiresIn", "maxHits", "guid")

// createToken creates a link to a customer's profiles. The body is optional.
func (s *Server) createToken(c echo.Context) error {
	b, err := bindOptional(c, linkBody)
	if err != nil {
		return err
	}
	expiresIn, maxHits := b.Integer("expiresIn"), b.Integer("maxHits")
	link, err := s.service.Links.Create(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"), expiresIn,
		maxHits, *b.Faults)
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
