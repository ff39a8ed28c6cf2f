package server

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/server/web"
)

// searchContacts returns a page of an organization's contacts.
func (s *Server) searchContacts(c echo.Context) error {
	q, err := web.QueryOf(c)
	if err != nil {
		return err
	}
	search := contactSearch(q.Strict())
	search.Unread = q.Faults
	page, err := s.contacts.Search(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"), search)
	if err != nil {
		return err
	}
	list := make([]contact, len(page.Contacts))
	for i, found := range page.Contacts {
		list[i] = wireContact(found)
	}
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp `json:"generated"`
		Total     int           `json:"totalCount"`
		Count     int           `json:"count"`
		SID       string        `json:"sId,omitempty"`
		Customers []contact     `json:"customers"`
	}{s.generatedSecond(), page.Total, len(list), page.Scroll, list})
}
