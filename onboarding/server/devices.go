package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

// recordDevice keeps what an app says of its phone: metadata when it is installed, a heartbeat later.
func (s *Server) recordDevice(c echo.Context) error {
	b, err := bind(c, deviceBody)
	if err != nil {
		return err
	}
	device := deviceOf(b.Object)
	device.Unread = *b.Faults
	if err := s.service.RecordDevice(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"), device); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.stamp())
}
