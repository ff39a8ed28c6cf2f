package server

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// searchContacts answers a page of an organization's contacts.
func (s *Server) searchContacts(c echo.Context) error {
	q, err := queryOf(c)
	if err != nil {
		return err
	}
	search := parameters{q}.search()
	search.Unread = q.faults
	page, err := s.service.SearchContacts(c.Request().Context(), callerOf(c), param(c, "org"), search)
	if err != nil {
		return err
	}
	list := make([]contact, len(page.Contacts))
	for i, found := range page.Contacts {
		list[i] = wireContact(found)
	}
	return s.send(c, http.StatusOK, struct {
		Generated timestamp `json:"generated"`
		Total     int       `json:"totalCount"`
		Count     int       `json:"count"`
		SID       string    `json:"sId,omitempty"`
		Customers []contact `json:"customers"`
	}{s.generatedSecond(), page.Total, len(list), page.Scroll, list})
}

// contact answers one of them.
func (s *Server) contact(c echo.Context) error {
	found, err := s.service.Contact(c.Request().Context(), callerOf(c), param(c, "id"))
	if err != nil {
		return err
	}
	return s.send(c, http.StatusOK, struct {
		Generated timestamp `json:"generated"`
		Customer  contact   `json:"customer"`
	}{s.generatedSecond(), wireContact(found)})
}
