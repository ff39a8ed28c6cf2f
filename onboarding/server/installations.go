package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

func (s *Server) recordInstallation(c echo.Context) error {
	b, err := bind[web.InstallationBody](c)
	if err != nil {
		return err
	}
	in := web.InstallationOf(b.Body)
	id, isNew, err := s.links.RecordInstallation(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"), in)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if isNew {
		status = http.StatusCreated
	}
	return web.Send(c, status, struct {
		web.Stamp
		ID string `json:"id"`
	}{s.stamp(), id})
}

// installation is an installation on the wire. It has only the members of its type of network.
type installation struct {
	ID       string `json:"id"`
	Platform string `json:"platform"`
	Type     string `json:"type"`
	*passpointNetwork
	*wpa2Network
	OuterIdentity      string         `json:"outerIdentity"`
	Username           string         `json:"username"`
	TrustedServerNames []string       `json:"trustedServerNames"`
	InstalledBy        string         `json:"installedBy"`
	Installed          web.Timestamp  `json:"installed"`
	Removed            *web.Timestamp `json:"removed"`
	Source             *string        `json:"source"`    // null: reported to an earlier version
	Confirmed          *web.Timestamp `json:"confirmed"` // null: RADIUS has not seen the customer since
}

func (s *Server) installations(c echo.Context) error {
	stored, err := s.links.Installations(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"))
	if err != nil {
		return err
	}
	list := make([]installation, len(stored))
	for i, in := range stored {
		list[i] = installationOf(in)
	}
	return web.Send(c, http.StatusOK, struct {
		web.Stamp
		Installations []installation `json:"installations"`
	}{s.stamp(), list})
}

func installationOf(in *onboarding.Installation) installation {
	a := in.Attributes
	out := installation{
		ID: in.ID, Platform: in.Platform, Type: in.Type, OuterIdentity: a.OuterIdentity, Username: a.Username,
		TrustedServerNames: a.TrustedServerNames, InstalledBy: in.InstalledBy, Installed: web.Seconds(in.Installed),
		Removed: web.SecondsOrNull(in.Removed), Source: web.OrNull(string(in.Source)),
		Confirmed: web.SecondsOrNull(in.Confirmed),
	}
	if out.TrustedServerNames == nil {
		out.TrustedServerNames = []string{}
	}
	if in.Type == onboarding.TypePasspoint {
		out.passpointNetwork = &passpointNetwork{a.Realm, a.FriendlyName, a.Roaming}
	} else {
		out.wpa2Network = &wpa2Network{a.SSID, a.SSIDHidden}
	}
	return out
}

// removeInstallation reads only the guid from a body.
func (s *Server) removeInstallation(c echo.Context) error {
	b, err := bindOptional[guidBody](c)
	if err != nil {
		return err
	}
	if err := b.Err(); err != nil {
		return err
	}
	if err := s.links.RemoveInstallation(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"),
		web.Param(c, "installation")); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.stamp())
}
