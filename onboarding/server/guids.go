package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// knownGuid is a device's proof, for a manager.
type knownGuid struct {
	ID        string        `json:"id"`
	Added     web.Timestamp `json:"added"`
	Confirmed web.Timestamp `json:"confirmed"` // last proof of the credential
	Valid     bool          `json:"valid"`     // false: the credential was replaced since
}

// guids returns the devices that prove a customer.
func (s *Server) guids(c echo.Context) error {
	known, err := s.registration.Guids(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"))
	if err != nil {
		return err
	}
	list := make([]knownGuid, len(known))
	for i, g := range known {
		list[i] = knownGuid{registration.GuidID(&g), web.Millis(g.Added), web.Millis(g.Confirmed), !g.Ended}
	}
	return web.Send(c, http.StatusOK, struct {
		web.Stamp
		Guids []knownGuid `json:"guids"`
	}{s.stamp(), list})
}

// removeGuid revokes one of them.
func (s *Server) removeGuid(c echo.Context) error {
	if err := s.registration.RemoveGuid(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"),
		web.Param(c, "guid")); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.stamp())
}
