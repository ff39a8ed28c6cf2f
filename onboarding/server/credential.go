package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// checkCredential proves a person on a new device, whose guid is the customer's from then on.
func (s *Server) checkCredential(c echo.Context) error {
	b, err := bind(c, credentialBody)
	if err != nil {
		return err
	}
	username, password, organization := b.needText("username"), b.needText("password"), b.needText("organizationId")
	inBody := b.text("guid")
	if err := b.err(); err != nil {
		return err
	}
	given, err := ownGuid(c, inBody)
	if err != nil {
		return err
	}
	guid := ""
	if given != nil {
		guid = *given
	}
	checked, err := s.service.CheckCredential(c.Request().Context(), callerOf(c), organization, username, password, guid)
	if err != nil {
		return err
	}
	return s.send(c, http.StatusOK, struct {
		customerInfo
		ActivationURL string `json:"activationUrl"`
	}{s.infoOf(checked.Customer), checked.ActivationURL})
}
