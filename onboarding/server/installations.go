package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// installation reads a claim. What is missing, the Service names.
func (o *object) installation() onboarding.InstallationInput {
	return onboarding.InstallationInput{
		Platform: o.plainText("platform"), Type: o.plainText("type"),
		InstalledBy: o.plainText("installedBy"), Installed: o.plainText("installed"),
	}
}

func (s *Server) recordInstallation(c echo.Context) error {
	b, err := bind(c, installationBody)
	if err != nil {
		return err
	}
	in := b.installation()
	in.Unread = *b.faults
	id, isNew, err := s.service.RecordInstallation(c.Request().Context(), callerOf(c), param(c, "id"), in)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if isNew {
		status = http.StatusCreated
	}
	return s.send(c, status, struct {
		stamp
		ID string `json:"id"`
	}{s.stamp(), id})
}

// installation on the wire has the members of its own type of network: those of the other are absent.
type installation struct {
	ID       string `json:"id"`
	Platform string `json:"platform"`
	Type     string `json:"type"`
	*passpointSettings
	*wpa2Settings
	OuterIdentity      string     `json:"outerIdentity"`
	Username           string     `json:"username"`
	TrustedServerNames []string   `json:"trustedServerNames"`
	InstalledBy        string     `json:"installedBy"`
	Installed          timestamp  `json:"installed"`
	Removed            *timestamp `json:"removed"`
}

func (s *Server) installations(c echo.Context) error {
	stored, err := s.service.Installations(c.Request().Context(), callerOf(c), param(c, "id"))
	if err != nil {
		return err
	}
	list := make([]installation, len(stored))
	for i, in := range stored {
		list[i] = installationOf(in)
	}
	return s.send(c, http.StatusOK, struct {
		stamp
		Installations []installation `json:"installations"`
	}{s.stamp(), list})
}

func installationOf(in *onboarding.Installation) installation {
	a := in.Attributes
	out := installation{
		ID: in.ID, Platform: in.Platform, Type: in.Type, OuterIdentity: a.OuterIdentity, Username: a.Username,
		TrustedServerNames: a.TrustedServerNames, InstalledBy: in.InstalledBy, Installed: seconds(in.Installed), Removed: secondsOrNull(in.Removed),
	}
	if out.TrustedServerNames == nil {
		out.TrustedServerNames = []string{}
	}
	if in.Type == onboarding.TypePasspoint {
		out.passpointSettings = &passpointSettings{a.Realm, a.FriendlyName, a.Roaming}
	} else {
		out.wpa2Settings = &wpa2Settings{a.SSID, a.SSIDHidden}
	}
	return out
}

// removeInstallation takes a body for the guid alone.
func (s *Server) removeInstallation(c echo.Context) error {
	b, err := bindOptional(c, guidBody)
	if err != nil {
		return err
	}
	if err := b.err(); err != nil {
		return err
	}
	if err := s.service.RemoveInstallation(c.Request().Context(), callerOf(c), param(c, "id"), param(c, "installation")); err != nil {
		return err
	}
	return s.send(c, http.StatusOK, s.stamp())
}
