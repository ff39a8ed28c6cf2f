package server

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// connection is a Wi-Fi connection on the wire.
type connection struct {
	Start          timestamp  `json:"start"`
	StartBusiness  timestamp  `json:"startBusiness"`
	Stop           *timestamp `json:"stop"`
	StopBusiness   *timestamp `json:"stopBusiness"`
	Duration       int64      `json:"duration"`
	Traffic        int64      `json:"traffic"`
	LocationName   *string    `json:"locationName"`
	LocationID     *string    `json:"locationId"`
	APName         *string    `json:"apName"`
	APID           *string    `json:"apId"`
	Latitude       *float64   `json:"latitude"`
	Longitude      *float64   `json:"longitude"`
	MACAddress     *string    `json:"macAddressClient"`
	IPAddress      *string    `json:"ipAddressClient"`
	TerminateCause *string    `json:"terminateCause"`
	Abroad         bool       `json:"abroad,omitempty"` // a member of our own
}

func wireConnection(c *onboarding.Connection) connection {
	zone := c.Location.Zone()
	w := connection{
		Start: seconds(*c.Start), StartBusiness: business(*c.Start, zone), Stop: secondsOrNull(c.Stop),
		Duration: c.Duration, Traffic: c.Traffic,
		APName: orNull(c.AccessPoint), MACAddress: orNull(c.MAC), IPAddress: orNull(c.Address), TerminateCause: orNull(c.TerminateCause),
		Abroad: c.Abroad,
	}
	if c.Stop != nil {
		w.StopBusiness = new(business(*c.Stop, zone))
	}
	if l := c.Location; l != nil {
		w.LocationName, w.LocationID, w.Latitude, w.Longitude = &l.Name, &l.ID, l.Latitude, l.Longitude
	}
	if h := c.Hotspot; h != nil {
		w.APName, w.APID = &h.Name, &h.ID
	}
	return w
}

// accountings answers a contact's connections, newest first.
func (s *Server) accountings(c echo.Context) error {
	q, err := queryOf(c)
	if err != nil {
		return err
	}
	size, scroll := pageSize(q), q.text("sid")
	if err := q.err(); err != nil {
		return err
	}
	page, err := s.service.Accountings(c.Request().Context(), callerOf(c), param(c, "id"), size, scroll)
	if err != nil {
		return err
	}
	list := make([]connection, 0, len(page.Connections))
	for i := range page.Connections {
		list = append(list, wireConnection(&page.Connections[i]))
	}
	return s.send(c, http.StatusOK, struct {
		Generated   timestamp    `json:"generated"`
		SID         string       `json:"sId,omitempty"`
		Count       int          `json:"count"`
		Connections []connection `json:"connections"`
	}{s.generatedSecond(), page.Scroll, len(list), list})
}

// pageSize reads the parameter size; 0 where it is absent.
func pageSize(q *query) int {
	text := q.text("size")
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > onboarding.MaxPageSize {
		q.refuse("size", "not between 1 and "+strconv.Itoa(onboarding.MaxPageSize))
		return 0
	}
	return n
}

// station is a device on the wire.
type station struct {
	MACAddress      string    `json:"macAddress"`
	Randomised      bool      `json:"randomised"`
	Connections     int64     `json:"connections"`
	FirstConnection timestamp `json:"firstConnection"`
	LastConnection  timestamp `json:"lastConnection"`
}

func wireStation(d onboarding.Station) station {
	return station{
		MACAddress: d.MAC, Randomised: d.Randomised, Connections: d.Connections,
		FirstConnection: seconds(d.FirstSeen), LastConnection: seconds(d.LastSeen),
	}
}

// stations answers the devices that connected with a contact's credential, the latest first.
func (s *Server) stations(c echo.Context) error {
	found, err := s.service.Stations(c.Request().Context(), callerOf(c), param(c, "id"))
	if err != nil {
		return err
	}
	list := each(found, wireStation)
	return s.send(c, http.StatusOK, struct {
		Generated timestamp `json:"generated"`
		Count     int       `json:"count"`
		Devices   []station `json:"devices"`
	}{s.generatedSecond(), len(list), list})
}
