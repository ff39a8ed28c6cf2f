package web

import (
	"github.com/labstack/echo/v4"

	"onramp/onboarding/links"
)

// InstallationBody is the report of an installation.
type InstallationBody struct {
	Platform    string  `json:"platform"`
	Type        string  `json:"type"`
	InstalledBy string  `json:"installedBy"`
	Installed   string  `json:"installed"`
	Guid        *string `json:"guid"`
}

// ReadInstallation reads the report of an installation from a request's body.
func ReadInstallation(c echo.Context) (links.InstallationInput, error) {
	raw, err := ReadBody(c)
	if err != nil {
		return links.InstallationInput{}, err
	}
	b, err := Decode[InstallationBody](raw)
	if err == nil && b.Empty {
		err = ErrEmptyBody
	}
	if err != nil {
		return links.InstallationInput{}, err
	}
	return InstallationOf(b), nil
}

// InstallationOf returns the report with its faults. The use case reports the missing members.
func InstallationOf(b *Body[InstallationBody]) links.InstallationInput {
	v := &b.Value
	return links.InstallationInput{
		Platform: v.Platform, Type: v.Type, InstalledBy: v.InstalledBy, Installed: v.Installed, Unread: *b.Faults,
	}
}
