package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// event is a line of the history on the wire.
type event struct {
	Type       string            `json:"type"`
	ID         string            `json:"id"`
	CustomerID *string           `json:"customerId"` // null when the customer is deleted
	Where      eventPlace        `json:"where"`
	When       eventTime         `json:"when"`
	Start      *timestamp        `json:"start"`    // of a visit or a connection
	Stop       *timestamp        `json:"stop"`     // null while it goes on
	Duration   *int64            `json:"duration"` // seconds, of one that is over
	Station    *string           `json:"station"`  // the MAC address of a connection's device
	Detail     map[string]string `json:"detail"`
}

type eventPlace struct {
	LocationID   *string `json:"locationId"`
	LocationName *string `json:"locationName"`
	HotspotID    *string `json:"hotspotId"`
}

type eventTime struct {
	CreatedAt      timestamp `json:"createdAt"`
	CreatedAtLocal timestamp `json:"createdAtLocal"` // with the offset that held there at that time
	Timezone       string    `json:"timezone"`       // IANA name; UTC at an unknown place
}

func wireEvent(h *onboarding.Happening) event {
	zone := h.Location.Zone()
	e := event{
		Type: string(h.Type), ID: h.PublicID(), CustomerID: orNull(h.CustomerID),
		Where: eventPlace{LocationID: orNull(h.LocationID), HotspotID: orNull(h.HotspotID)},
		When:  eventTime{CreatedAt: seconds(h.At), CreatedAtLocal: business(h.At, zone), Timezone: zone.String()},
		Stop:  secondsOrNull(h.Stop), Duration: h.Duration, Station: orNull(h.Station), Detail: h.Detail,
	}
	if h.Type == onboarding.EventVisit || h.Type == onboarding.EventConnection {
		e.Start = new(seconds(h.At))
	}
	if h.Location != nil {
		e.Where.LocationName = &h.Location.Name
	}
	return e
}

func wireEvents(page *onboarding.Happenings) []event {
	list := make([]event, len(page.Events))
	for i := range page.Events {
		list[i] = wireEvent(&page.Events[i])
	}
	return list
}

// contactEvents answers a contact's visits and Wi-Fi connections, newest first.
func (s *Server) contactEvents(c echo.Context) error {
	q, err := queryOf(c)
	if err != nil {
		return err
	}
	size, scroll := pageSize(q), q.text("sid")
	if err := q.err(); err != nil {
		return err
	}
	page, err := s.service.ContactEvents(c.Request().Context(), callerOf(c), param(c, "id"), size, scroll)
	if err != nil {
		return err
	}
	return s.send(c, http.StatusOK, struct {
		Generated timestamp `json:"generated"`
		Count     int       `json:"count"`
		SID       string    `json:"sId,omitempty"`
		Events    []event   `json:"events"`
	}{s.generatedSecond(), len(page.Events), page.Scroll, wireEvents(page)})
}
