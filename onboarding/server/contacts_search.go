package server

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding/contacts"
	"onramp/onboarding/server/web"
)

// contactsAtOnce is the number of contacts of an answer that are in memory at the same time.
const contactsAtOnce = 500

// searchContacts returns a page of an organization's contacts. A large page is sent in parts; where
// a later part cannot be read, the answer is cut off.
func (s *Server) searchContacts(c echo.Context) error {
	q, err := web.QueryOf(c)
	if err != nil {
		return err
	}
	search := contactSearch(q.Strict())
	search.Unread = q.Faults
	list := contactList{response: c.Response()}
	err = s.contacts.SearchInParts(c.Request().Context(), web.CallerOf(c), web.Param(c, "org"), search,
		contactsAtOnce, func(part *contacts.ContactPage, last bool) error {
			if list.count == 0 {
				web.NoStore(c)
				c.Response().Header().Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
				if err := list.begin(contactsHead{s.generatedSecond(), part.Total}); err != nil {
					return err
				}
			}
			if err := list.add(part.Contacts); err != nil || !last {
				return err
			}
			return list.end(part.Scroll)
		})
	if err != nil && c.Response().Committed {
		s.fail(c, err)
		panic(http.ErrAbortHandler) // the client sees that the answer is not complete
	}
	return err
}

// contactsHead are the members before the contacts, and contactsTail those after them.
type (
	contactsHead struct {
		Generated web.Timestamp `json:"generated"`
		Total     int           `json:"totalCount"`
	}
	contactsTail struct {
		Count int    `json:"count"`
		SID   string `json:"sId,omitempty"`
	}
)

// contactList writes the JSON object of an answer contact by contact.
type contactList struct {
	response *echo.Response
	count    int
}

func (l *contactList) begin(head contactsHead) error {
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	text = append(text[:len(text)-1], `,"customers":[`...)
	_, err = l.response.Write(text)
	return err
}

func (l *contactList) add(all []*contacts.Contact) error {
	var text []byte
	for _, found := range all {
		one, err := json.Marshal(wireContact(found))
		if err != nil {
			return err
		}
		if l.count > 0 {
			text = append(text, ',')
		}
		text = append(text, one...)
		l.count++
	}
	_, err := l.response.Write(text)
	return err
}

// end writes the end of the object. sid opens the next page; empty on the last one.
func (l *contactList) end(sid string) error {
	text, err := json.Marshal(contactsTail{l.count, sid})
	if err != nil {
		return err
	}
	_, err = l.response.Write(append([]byte("],"), text[1:]...))
	return err
}
