package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// deviceBody is a device report, either a body of its own or a customer's device.
type deviceBody struct {
	InstallID          string `json:"installId"`
	Bundle             string `json:"bundle"`
	VendorID           string `json:"vendorId"`
	AdvID              string `json:"advId"`
	OS                 string `json:"os"`
	OSVersion          string `json:"osVersion"`
	Device             string `json:"device"`
	Created            string `json:"created"`
	LastSeen           string `json:"lastSeen"`
	PushToken          string `json:"pushToken"`
	PasspointInstalled *bool  `json:"pp_installed"`
	WPA2Installed      *bool  `json:"wpa2ent_installed"`
	Guid               string `json:"guid"`
}

// recordDevice stores an app's report about its phone: metadata after the installation, a heartbeat
// later.
func (s *Server) recordDevice(c echo.Context) error {
	b, err := bind[deviceBody](c)
	if err != nil {
		return err
	}
	device := b.Value.input()
	device.Unread = *b.Faults
	if err := s.registration.RecordDevice(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"),
		device); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.stamp())
}

// input returns the report for the use case, which validates it.
func (b *deviceBody) input() registration.DeviceInput {
	return registration.DeviceInput{
		InstallID: b.InstallID, Bundle: b.Bundle, VendorID: b.VendorID, AdvID: b.AdvID, OS: b.OS,
		OSVersion: b.OSVersion, Device: b.Device, Created: b.Created, LastSeen: b.LastSeen, PushToken: b.PushToken,
		PasspointInstalled: b.PasspointInstalled, WPA2Installed: b.WPA2Installed, Guid: b.Guid,
	}
}
