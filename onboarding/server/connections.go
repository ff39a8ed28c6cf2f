package server

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/contacts"
	"onramp/onboarding/server/web"
)

// connection is a Wi-Fi connection on the wire.
type connection struct {
	Start          web.Timestamp  `json:"start"`
	StartBusiness  web.Timestamp  `json:"startBusiness"`
	Stop           *web.Timestamp `json:"stop"`
	StopBusiness   *web.Timestamp `json:"stopBusiness"`
	Duration       int64          `json:"duration"`
	Traffic        int64          `json:"traffic"`
	LocationName   *string        `json:"locationName"`
	LocationID     *string        `json:"locationId"`
	APName         *string        `json:"apName"`
	APID           *string        `json:"apId"`
	Latitude       *float64       `json:"latitude"`
	Longitude      *float64       `json:"longitude"`
	MACAddress     *string        `json:"macAddressClient"`
	IPAddress      *string        `json:"ipAddressClient"`
	TerminateCause *string        `json:"terminateCause"`
	Abroad         bool           `json:"abroad,omitempty"` // an extension of the API
}

func wireConnection(c *contacts.Connection) connection {
	zone := c.Location.Zone()
	w := connection{
		Start: web.Seconds(*c.Start), StartBusiness: web.Local(*c.Start, zone), Stop: web.SecondsOrNull(c.Stop),
		Duration: c.Duration, Traffic: c.Traffic,
		APName: web.OrNull(c.AccessPoint), MACAddress: web.OrNull(c.MAC), IPAddress: web.OrNull(c.Address),
		TerminateCause: web.OrNull(c.TerminateCause),
		Abroad:         c.Abroad,
	}
	if c.Stop != nil {
		w.StopBusiness = new(web.Local(*c.Stop, zone))
	}
	if l := c.Location; l != nil {
		w.LocationName, w.LocationID, w.Latitude, w.Longitude = &l.Name, &l.ID, l.Latitude, l.Longitude
	}
	if h := c.Hotspot; h != nil {
		w.APName, w.APID = &h.Name, &h.ID
	}
	return w
}

// accountings returns a contact's connections, newest first.
func (s *Server) accountings(c echo.Context) error {
	size, scroll, err := pageOf(c)
	if err != nil {
		return err
	}
	page, err := s.contacts.Connections(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"), size, scroll)
	if err != nil {
		return err
	}
	list := make([]connection, 0, len(page.Connections))
	for i := range page.Connections {
		list = append(list, wireConnection(&page.Connections[i]))
	}
	return web.Send(c, http.StatusOK, struct {
		Generated   web.Timestamp `json:"generated"`
		SID         string        `json:"sId,omitempty"`
		Count       int           `json:"count"`
		Connections []connection  `json:"connections"`
	}{s.generatedSecond(), page.Scroll, len(list), list})
}

// pageOf returns the parameters of a page of a contact's history: size, and the scroll to continue.
func pageOf(c echo.Context) (size int, scroll string, err error) {
	q, err := web.QueryOf(c)
	if err != nil {
		return 0, "", err
	}
	return pageSize(q), q.Text("sid"), q.Err()
}

// pageSize returns the parameter size, or 0 if it is absent.
func pageSize(q *web.Query) int {
	text := q.Text("size")
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > contacts.MaxPageSize {
		q.Refuse("size", "not between 1 and "+strconv.Itoa(contacts.MaxPageSize))
		return 0
	}
	return n
}
