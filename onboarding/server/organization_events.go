package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// organizationEvents answers what happened in an organization, newest first unless reversed.
func (s *Server) organizationEvents(c echo.Context) error {
	q, err := web.QueryOf(c)
	if err != nil {
		return err
	}
	search := onboarding.EventSearch{
		From: q.Instant("dateStart", false), To: q.Instant("dateEnd", true), Size: pageSize(q), Order: onboarding.EventOrder(q.Text("sortBy")),
		Reverse: q.Boolean("sortReverse"), Scrolling: q.Boolean("enableScroll"), Scroll: q.Text("scrollId"),
	}
	for _, t := range q.List("events") {
		search.Types = append(search.Types, onboarding.EventType(t))
	}
	search.Unread = q.Faults
	page, err := s.service.OrganizationEvents(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"), search)
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
