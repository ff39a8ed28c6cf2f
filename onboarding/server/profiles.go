package server

import (
	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

func (s *Server) profile(c echo.Context) error {
	platform, err := platformOf(c)
	if err != nil {
		return err
	}
	d, err := s.links.Profile(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"), platform)
	if err != nil {
		return err
	}
	return web.SendProfile(c, d)
}

// profileHeader answers HEAD, which downloads nothing.
func (s *Server) profileHeader(c echo.Context) error {
	platform, err := platformOf(c)
	if err != nil {
		return err
	}
	d, err := s.links.ProfileHeader(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"), platform)
	if err != nil {
		return err
	}
	return web.DescribeProfile(c, d)
}

func platformOf(c echo.Context) (string, error) {
	q, err := web.QueryOf(c)
	if err != nil {
		return "", err
	}
	platform := q.Text("platform")
	return platform, q.Err()
}
