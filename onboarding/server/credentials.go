package server

import (
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// credentialBody is the body of a credential check.
type credentialBody struct {
	Link           string  `json:"link"`
	Guid           *string `json:"guid"`
	Username       *string `json:"username"`
	Password       *string `json:"password"`
	OrganizationID *string `json:"organizationId"`
}

// checkCredential verifies a person on a new device, by user name and password or by a valid link,
// and adds the device's guid to the customer.
func (s *Server) checkCredential(c echo.Context) error {
	b, err := bind[credentialBody](c)
	if err != nil {
		return err
	}
	v := &b.Value
	link := v.Link
	var username, password, organization string
	if link == "" {
		username, password = b.Required("username", v.Username), b.Required("password", v.Password)
		organization = b.Required("organizationId", v.OrganizationID)
	} else {
		if cmp.Or(deref(v.Username), deref(v.Password)) != "" {
			b.Faults.Refuse("link", "must not be combined with username or password")
		}
		if organization = deref(v.OrganizationID); organization == "" {
			organization = web.CallerOf(c).Principal.OrganizationID
		}
	}
	if err := b.Err(); err != nil {
		return err
	}
	given, err := ownGuid(c, v.Guid)
	if err != nil {
		return err
	}
	guid := deref(given)
	var checked *registration.Result
	if link == "" {
		checked, err = s.registration.CheckCredential(c.Request().Context(), web.CallerOf(c), organization, username,
			password, guid)
	} else {
		checked, err = s.registration.CheckLink(c.Request().Context(), web.CallerOf(c), organization, link, guid)
	}
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		customerInfo
		LinkURL string `json:"activationUrl"`
	}{s.infoOf(checked.Customer, checked.Due), checked.LinkURL})
}

// lock disables the customer's credential.
func (s *Server) lock(c echo.Context) error {
	if err := s.registration.Lock(c.Request().Context(), web.CallerOf(c), web.Param(c, "id")); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.stamp())
}

// unlock enables the customer's credential.
func (s *Server) unlock(c echo.Context) error {
	if err := s.registration.Unlock(c.Request().Context(), web.CallerOf(c), web.Param(c, "id")); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.stamp())
}

// rotate replaces the customer's credential; the link delivers the new profile.
func (s *Server) rotate(c echo.Context) error {
	url, err := s.registration.Rotate(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		web.Stamp
		LinkURL string `json:"activationUrl"`
	}{s.stamp(), url})
}

// deref returns the text, or "" for nil.
func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
