package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/server/web"
)

// event is an event on the wire.
type event struct {
	Type       string            `json:"type"`
	ID         string            `json:"id"`
	CustomerID *string           `json:"customerId"` // null for a deleted customer
	Where      eventPlace        `json:"where"`
	When       eventTime         `json:"when"`
	Start      *web.Timestamp    `json:"start"`    // of a visit or connection
	Stop       *web.Timestamp    `json:"stop"`     // null while it continues
	Duration   *int64            `json:"duration"` // in seconds, once it has ended
	Station    *string           `json:"station"`  // MAC address of a connection's device
	Detail     map[string]string `json:"detail"`
}

type eventPlace struct {
	LocationID   *string `json:"locationId"`
	LocationName *string `json:"locationName"`
	HotspotID    *string `json:"hotspotId"`
}

type eventTime struct {
	CreatedAt      web.Timestamp `json:"createdAt"`
	CreatedAtLocal web.Timestamp `json:"createdAtLocal"` // with the local offset at that time
	Timezone       string        `json:"timezone"`       // IANA name; UTC if the location is unknown
}

func wireEvent(h *contacts.EventAt) event {
	zone := h.Location.Zone()
	e := event{
		Type: string(h.Type), ID: h.PublicID(), CustomerID: web.OrNull(h.CustomerID),
		Where: eventPlace{LocationID: web.OrNull(h.LocationID), HotspotID: web.OrNull(h.HotspotID)},
		When:  eventTime{CreatedAt: web.Seconds(h.At), CreatedAtLocal: web.Local(h.At, zone), Timezone: zone.String()},
		Stop:  web.SecondsOrNull(h.Stop), Duration: h.Duration, Station: web.OrNull(h.Station), Detail: h.Detail,
	}
	if h.Type == onboarding.EventVisit || h.Type == onboarding.EventConnection {
		e.Start = new(web.Seconds(h.At))
	}
	if h.Location != nil {
		e.Where.LocationName = &h.Location.Name
	}
	return e
}

func wireEvents(page *contacts.EventPage) []event {
	list := make([]event, len(page.Events))
	for i := range page.Events {
		list[i] = wireEvent(&page.Events[i])
	}
	return list
}

// contactEvents returns a contact's visits and Wi-Fi connections, newest first.
func (s *Server) contactEvents(c echo.Context) error {
	size, scroll, err := pageOf(c)
	if err != nil {
		return err
	}
	page, err := s.contacts.ContactEvents(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"), size, scroll)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp `json:"generated"`
		Count     int           `json:"count"`
		SID       string        `json:"sId,omitempty"`
		Events    []event       `json:"events"`
	}{s.generatedSecond(), len(page.Events), page.Scroll, wireEvents(page)})
}

// organizationEvents returns an organization's events, newest first unless reversed.
func (s *Server) organizationEvents(c echo.Context) error {
	q, err := web.QueryOf(c)
	if err != nil {
		return err
	}
	search := contacts.EventSearch{
		From: q.Instant("dateStart", false), To: q.Instant("dateEnd", true), Size: pageSize(q),
		Order:   onboarding.EventOrder(q.Text("sortBy")),
		Reverse: q.Boolean("sortReverse"), Scrolling: q.Boolean("enableScroll"), Scroll: q.Text("scrollId"),
	}
	for _, t := range q.List("events") {
		search.Types = append(search.Types, onboarding.EventType(t))
	}
	search.Unread = q.Faults
	page, err := s.contacts.OrganizationEvents(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"), search)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp `json:"generated"`
		Count     int           `json:"count"`
		ScrollID  string        `json:"scrollId,omitempty"`
		Events    []event       `json:"events"`
	}{s.generatedSecond(), len(page.Events), page.Scroll, wireEvents(page)})
}
