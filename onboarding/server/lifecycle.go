package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

// lock stops the customer's credential.
func (s *Server) lock(c echo.Context) error {
	if err := s.service.Lock(c.Request().Context(), web.CallerOf(c), web.Param(c, "id")); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.stamp())
}

// unlock lets it work again.
func (s *Server) unlock(c echo.Context) error {
	if err := s.service.Unlock(c.Request().Context(), web.CallerOf(c), web.Param(c, "id")); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.stamp())
}

// rotate replaces it; the new profile comes by the link.
func (s *Server) rotate(c echo.Context) error {
	url, err := s.service.Rotate(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		web.Stamp
		ActivationURL string `json:"activationUrl"`
	}{s.stamp(), url})
}
