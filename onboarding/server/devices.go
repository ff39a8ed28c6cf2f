package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// recordDevice keeps what an app says of its phone: metadata when it is installed, a heartbeat later.
func (s *Server) recordDevice(c echo.Context) error {
	b, err := bind(c, deviceBody)
	if err != nil {
		return err
	}
	device := b.device()
	device.Unread = *b.faults
	if err := s.service.RecordDevice(c.Request().Context(), callerOf(c), param(c, "id"), device); err != nil {
		return err
	}
	return s.send(c, http.StatusOK, s.stamp())
}
