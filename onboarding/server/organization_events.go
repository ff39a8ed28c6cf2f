package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
)

// organizationEvents answers what happened in an organization, newest first unless reversed.
func (s *Server) organizationEvents(c echo.Context) error {
	q, err := queryOf(c)
	if err != nil {
		return err
	}
	search := onboarding.EventSearch{
		From: q.instant("dateStart", false), To: q.instant("dateEnd", true), Size: pageSize(q), Order: onboarding.EventOrder(q.text("sortBy")),
		Reverse: q.boolean("sortReverse"), Scrolling: q.boolean("enableScroll"), Scroll: q.text("scrollId"),
	}
	for _, t := range q.list("events") {
		search.Types = append(search.Types, onboarding.EventType(t))
	}
	search.Unread = q.faults
	page, err := s.service.OrganizationEvents(c.Request().Context(), callerOf(c), param(c, "org"), search)
	if err != nil {
		return err
	}
	return s.send(c, http.StatusOK, struct {
		Generated timestamp `json:"generated"`
		Count     int       `json:"count"`
		ScrollID  string    `json:"scrollId,omitempty"`
		Events    []event   `json:"events"`
	}{s.generatedSecond(), len(page.Events), page.Scroll, wireEvents(page)})
}
