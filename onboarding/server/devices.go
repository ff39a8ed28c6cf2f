package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// deviceBody holds the members of a device report.
var deviceBody = web.ObjectOf(
	"installId", "bundle", "vendorId", "advId", "os", "osVersion", "device", "created", "lastSeen",
	"pushToken", "pp_installed", "wpa2ent_installed", "guid")

// recordDevice stores an app's report about its phone: metadata after the installation, a heartbeat
// later.
func (s *Server) recordDevice(c echo.Context) error {
	b, err := bind(c, deviceBody)
	if err != nil {
		return err
	}
	device := deviceOf(b.Object)
	device.Unread = *b.Faults
	if err := s.service.Registration.RecordDevice(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"), device); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.stamp())
}

// deviceOf parses a device report, either a body of its own or a customer's device.
func deviceOf(o *web.Object) registration.DeviceInput {
	return registration.DeviceInput{
		InstallID: o.PlainText("installId"), Bundle: o.PlainText("bundle"), VendorID: o.PlainText("vendorId"),
		AdvID: o.PlainText("advId"), OS: o.PlainText("os"), OSVersion: o.PlainText("osVersion"),
		Device:  o.PlainText("device"),
		Created: o.PlainText("created"), LastSeen: o.PlainText("lastSeen"), PushToken: o.PlainText("pushToken"),
		PasspointInstalled: o.Boolean("pp_installed"), WPA2Installed: o.Boolean("wpa2ent_installed"),
		Guid: o.PlainText("guid"),
	}
}
