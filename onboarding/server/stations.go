package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// station is a station on the wire.
type station struct {
	MACAddress      string        `json:"macAddress"`
	Randomised      bool          `json:"randomised"`
	Connections     int64         `json:"connections"`
	FirstConnection web.Timestamp `json:"firstConnection"`
	LastConnection  web.Timestamp `json:"lastConnection"`
}

func wireStation(d onboarding.Station) station {
	return station{
		MACAddress: d.MAC, Randomised: d.Randomised, Connections: d.Connections,
		FirstConnection: web.Seconds(d.FirstSeen), LastConnection: web.Seconds(d.LastSeen),
	}
}

// stations returns the stations that connected with a contact's credential, the latest first.
func (s *Server) stations(c echo.Context) error {
	found, err := s.contacts.Stations(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"))
	if err != nil {
		return err
	}
	list := each(found, wireStation)
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp `json:"generated"`
		Count     int           `json:"count"`
		Devices   []station     `json:"devices"`
	}{s.generatedSecond(), len(list), list})
}
