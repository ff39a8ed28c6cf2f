package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// createToken makes a link to a customer's profiles. Both members of its body have defaults, so that it may be left out.
func (s *Server) createToken(c echo.Context) error {
	b, err := bindOptional(c, linkBody)
	if err != nil {
		return err
	}
	expiresIn, maxHits := b.integer("expiresIn"), b.integer("maxHits")
	link, err := s.service.CreateActivation(c.Request().Context(), callerOf(c), param(c, "id"), expiresIn, maxHits, *b.faults)
	if err != nil {
		return err
	}
	return s.send(c, http.StatusOK, struct {
		Token   string    `json:"token"`
		URL     string    `json:"url"`
		Expires timestamp `json:"expires"`
		MaxHits int       `json:"maxHits"`
	}{link.Token, link.URL, seconds(link.Expires), link.MaxHits})
}
