package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// hotspot is an access point on the wire, without its address and secret.
type hotspot struct {
	ID            string  `json:"id"`
	Name          string  `json:"name"`
	LocationID    string  `json:"locationId"`
	MAC           *string `json:"mac"`
	NASIdentifier *string `json:"nasIdentifier"`
}

func wireHotspot(l *onboarding.Location, h *onboarding.Hotspot) hotspot {
	return hotspot{h.ID, h.Name, l.ID, web.OrNull(h.MAC), web.OrNull(h.NASIdentifier)}
}

// hotspots returns the hotspots of all the organization's locations.
func (s *Server) hotspots(c echo.Context) error {
	declared, err := s.access.Locations(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"))
	if err != nil {
		return err
	}
	list := []hotspot{}
	for i := range declared {
		for j := range declared[i].Hotspots {
			list = append(list, wireHotspot(&declared[i], &declared[i].Hotspots[j]))
		}
	}
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp `json:"generated"`
		Count     int           `json:"count"`
		Hotspots  []hotspot     `json:"hotspots"`
	}{s.generatedSecond(), len(list), list})
}

// hotspot returns one hotspot.
func (s *Server) hotspot(c echo.Context) error {
	l, h, err := s.access.HotspotByID(c.Request().Context(), web.CallerOf(c), web.Param(c, "hotspot"))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp `json:"generated"`
		hotspot
	}{s.generatedSecond(), wireHotspot(l, h)})
}
