package web

import (
	"github.com/labstack/echo/v4"

	"onramp/onboarding/links"
)

// InstallationBody holds the members of the report of an installation.
var InstallationBody = ObjectOf("platform", "type", "installedBy", "installed", "guid")

// ReadInstallation reads the report of an installation from a request's body.
func ReadInstallation(c echo.Context) (links.InstallationInput, error) {
	o, err := readObject(c, InstallationBody)
	if err != nil {
		return links.InstallationInput{}, err
	}
	return o.Installation(), nil
}

// Installation returns the report with its findings; the Service reports the missing members.
func (o *Object) Installation() links.InstallationInput {
	in := links.InstallationInput{
		Platform: o.PlainText("platform"), Type: o.PlainText("type"),
		InstalledBy: o.PlainText("installedBy"), Installed: o.PlainText("installed"),
	}
	in.Unread = *o.Faults
	return in
}
