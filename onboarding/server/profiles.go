package server

import (
	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

func (s *Server) profile(c echo.Context) error {
	q, err := web.QueryOf(c)
	if err != nil {
		return err
	}
	platform := q.Text("platform")
	if err := q.Err(); err != nil {
		return err
	}
	d, err := s.links.Profile(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"), platform)
	if err != nil {
		return err
	}
	return web.SendProfile(c, d)
}
