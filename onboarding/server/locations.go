package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// location is a venue on the wire.
type location struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Timezone  string   `json:"timezone"`
	Latitude  *float64 `json:"latitude"`
	Longitude *float64 `json:"longitude"`
}

func wireLocation(l onboarding.Location) location {
	return location{l.ID, l.Name, l.Timezone, l.Latitude, l.Longitude}
}

// locations returns the organization's locations in the order of declaration.
func (s *Server) locations(c echo.Context) error {
	declared, err := s.access.Locations(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"))
	if err != nil {
		return err
	}
	list := each(declared, wireLocation)
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp `json:"generated"`
		Count     int           `json:"count"`
		Locations []location    `json:"locations"`
	}{s.generatedSecond(), len(list), list})
}

// location returns one location.
func (s *Server) location(c echo.Context) error {
	l, err := s.access.LocationByID(c.Request().Context(), web.CallerOf(c), web.Param(c, "location"))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp `json:"generated"`
		location
	}{s.generatedSecond(), wireLocation(*l)})
}
