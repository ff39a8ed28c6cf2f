package server

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// passpointNetwork and wpa2Network are the public settings of a network.
type passpointNetwork struct {
	Realm        string `json:"realm"`
	FriendlyName string `json:"friendlyName"`
	Roaming      bool   `json:"roaming"`
}

type wpa2Network struct {
	SSID       string `json:"ssid"`
	SSIDHidden bool   `json:"ssidHidden"`
}

// settings returns the network settings for an app, identified by operating system and bundle
// (ios_com.example.app).
func (s *Server) settings(c echo.Context) error {
	if err := checkApp(web.Param(c, "device")); err != nil {
		return err
	}
	o, err := s.access.Organization(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"))
	if err != nil {
		return err
	}
	answer := struct {
		web.Stamp
		DefaultLocationID *string           `json:"defaultLocationId"`
		Passpoint         *passpointNetwork `json:"passpoint"`
		WPA2              *wpa2Network      `json:"wpa2"`
	}{Stamp: s.stamp(), DefaultLocationID: web.OrNull(o.DefaultLocation)}
	if p := o.WiFi.Passpoint; p != nil {
		answer.Passpoint = &passpointNetwork{p.Realm, p.FriendlyName, p.Roaming}
	}
	if w := o.WiFi.WPA2; w != nil {
		answer.WPA2 = &wpa2Network{w.SSID, w.Hidden}
	}
	return web.Send(c, http.StatusOK, answer)
}

// checkApp validates {os}_{bundle}; a bundle may contain underscores.
func checkApp(device string) error {
	os, bundle, _ := strings.Cut(device, "_")
	if os != "ios" && os != "android" {
		return onboarding.InvalidField("os", "not ios or android")
	}
	if bundle == "" || len(bundle) > 255 || strings.ContainsFunc(bundle,
		func(r rune) bool { return r <= ' ' || r > '~' }) {
		return onboarding.InvalidField("bundle", "not a bundle identifier like com.example.app")
	}
	return nil
}
