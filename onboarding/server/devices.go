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
