package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// checkCredential proves a person on a new device, whose guid is the customer's from then on: by user name and password, or by a live link.
func (s *Server) checkCredential(c echo.Context) error {
	b, err := bind(c, credentialBody)
	if err != nil {
		return err
	}
	link, inBody := b.plainText("link"), b.text("guid")
	username, password, organization := "", "", ""
	if link == "" {
		username, password, organization = b.needText("username"), b.needText("password"), b.needText("organizationId")
	} else {
		if b.plainText("username") != "" || b.plainText("password") != "" {
			b.refuse("link", "given beside user name or password")
		}
		if organization = b.plainText("organizationId"); organization == "" {
			organization = callerOf(c).Principal.OrganizationID
		}
	}
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
	var checked *onboarding.Registered
	if link == "" {
		checked, err = s.service.CheckCredential(c.Request().Context(), callerOf(c), organization, username, password, guid)
	} else {
		checked, err = s.service.CheckLink(c.Request().Context(), callerOf(c), organization, link, guid)
	}
	if err != nil {
		return err
	}
	return s.send(c, http.StatusOK, struct {
		customerInfo
		ActivationURL string `json:"activationUrl"`
	}{s.infoOf(checked.Customer), checked.ActivationURL})
}
