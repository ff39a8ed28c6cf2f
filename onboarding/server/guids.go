package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// knownGuid is a device's proof as a manager sees it.
type knownGuid struct {
	ID        string    `json:"id"`
	Added     timestamp `json:"added"`
	Confirmed timestamp `json:"confirmed"` // when the device last proved the credential
	Valid     bool      `json:"valid"`     // false: the credential was replaced since
}

// guids lists the devices that prove a customer.
func (s *Server) guids(c echo.Context) error {
	known, err := s.service.Guids(c.Request().Context(), callerOf(c), param(c, "id"))
	if err != nil {
		return err
	}
	list := make([]knownGuid, len(known))
	for i, g := range known {
		list[i] = knownGuid{g.ID(), millis(g.Added), millis(g.Confirmed), !g.Ended}
	}
	return s.send(c, http.StatusOK, struct {
		stamp
		Guids []knownGuid `json:"guids"`
	}{s.stamp(), list})
}

// removeGuid ends one of them.
func (s *Server) removeGuid(c echo.Context) error {
	if err := s.service.RemoveGuid(c.Request().Context(), callerOf(c), param(c, "id"), param(c, "guid")); err != nil {
		return err
	}
	return s.send(c, http.StatusOK, s.stamp())
}
