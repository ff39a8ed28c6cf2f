package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// lock stops the customer's credential.
func (s *Server) lock(c echo.Context) error {
	if err := s.service.Lock(c.Request().Context(), callerOf(c), param(c, "id")); err != nil {
		return err
	}
	return s.send(c, http.StatusOK, s.stamp())
}

// unlock lets it work again.
func (s *Server) unlock(c echo.Context) error {
	if err := s.service.Unlock(c.Request().Context(), callerOf(c), param(c, "id")); err != nil {
		return err
	}
	return s.send(c, http.StatusOK, s.stamp())
}

// rotate replaces it; the new profile comes by the link.
func (s *Server) rotate(c echo.Context) error {
	url, err := s.service.Rotate(c.Request().Context(), callerOf(c), param(c, "id"))
	if err != nil {
		return err
	}
	return s.send(c, http.StatusOK, struct {
		stamp
		ActivationURL string `json:"activationUrl"`
	}{s.stamp(), url})
}
