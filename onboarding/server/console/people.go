package console

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/server/web"
)

// peoplePage is the data of people.html.
type peoplePage struct {
	Query     string // the typed search
	Location  string
	Locations []option
	Verified  string // "yes", "no" or empty
	Total     int
	People    []personRow
	Next      string // address of the next page; empty on the last
	First     string // address of the first page, on a later one
	CSV       string // address of all matches as a file; empty for a role without exports
	Expired   bool   // the address was of a list that has expired
	Wrong     string // what is wrong with the search, in English
}

type option struct {
	Value, Text string
	Chosen      bool
}

// personRow is one person in a list.
type personRow struct {
	Name, URL             string
	Email, Phone          string
	Location, SignedUp    string
	Locked, EmailVerified bool
}

// pageSize is the number of people on a page.
const pageSize = 50

// The parameters of the list of people.
const (
	queryParameter    = "q"
	locationParameter = "location"
	verifiedParameter = "verified"
	sidParameter      = "sid"
)

// peopleSearch returns the search of a request's parameters, and the parameters of the same search.
func (s *Console) peopleSearch(c echo.Context, v *visit) (q contacts.ContactSearch, pairs []string) {
	values := c.Request().URL.Query()
	q = contacts.ContactSearch{SortBy: "created", SortReverse: new(true)}
	if text := strings.TrimSpace(values.Get(queryParameter)); text != "" {
		q.Search = text
		pairs = append(pairs, queryParameter, text)
	}
	if id := values.Get(locationParameter); v.organization.Location(id) != nil {
		q.LocationIDs = []string{id}
		pairs = append(pairs, locationParameter, id)
	}
	if verified := values.Get(verifiedParameter); verified == "yes" || verified == "no" {
		q.EmailVerified = new(verified == "yes")
		pairs = append(pairs, verifiedParameter, verified)
	}
	return q, pairs
}

// showPeople answers GET /console/{org}/people.
func (s *Console) showPeople(c echo.Context, v *visit) error {
	q, pairs := s.peopleSearch(c, v)
	page := &peoplePage{
		Query: q.Search, Verified: c.QueryParam(verifiedParameter),
	}
	if v.may(web.PeopleManager) {
		page.CSV = v.at(peopleFile, pairs...)
	}
	page.Locations = locationOptions(v.by.Locations(v.organization), strings.Join(q.LocationIDs, ""))
	q.Size = new(pageSize)
	first := v.at(peoplePath, pairs...)
	if sid := c.QueryParam(sidParameter); sid != "" {
		page.First = first
		q = contacts.ContactSearch{Scroll: &sid}
	}
	found, err := s.Contacts.Search(c.Request().Context(), v.by, v.organization.ID, q)
	if onboarding.KindOf(err) == onboarding.NotFound && page.First != "" {
		page.Expired = true
		return s.render(c, http.StatusOK, v, "people", "people", page)
	}
	shown, ok := errors.AsType[*onboarding.Error](err)
	if ok && shown.Kind == onboarding.Invalid && shown.Field == queryParameter {
		page.Wrong = shown.Message
		return s.render(c, http.StatusConflict, v, "people", "people", page)
	}
	if err != nil {
		return err
	}
	page.Total = found.Total
	for _, contact := range found.Contacts {
		page.People = append(page.People, v.row(contact))
	}
	if found.Scroll != "" {
		page.Next = v.at(peoplePath, append(pairs, sidParameter, found.Scroll)...)
	}
	return s.render(c, http.StatusOK, v, "people", "people", page)
}

// locationOptions returns the locations to choose from; chosen is an ID, or empty.
func locationOptions(all []onboarding.Location, chosen string) []option {
	var options []option
	for _, l := range all {
		options = append(options, option{Value: l.ID, Text: cmp.Or(l.Name, l.ID), Chosen: l.ID == chosen})
	}
	return options
}

// row returns a person as a list shows it.
func (v *visit) row(contact *contacts.Contact) personRow {
	r := personRow{
		Name: nameOf(contact.Customer), URL: v.person(contact.ID), Email: contact.Email, Phone: contact.Phone,
		SignedUp: v.minute(contact.Created), Locked: contact.Locked, EmailVerified: contact.EmailVerified,
	}
	if contact.Location != nil {
		r.Location = contact.Location.Name
	}
	return r
}

// nameOf returns the text by which operators know a person.
func nameOf(c *onboarding.Customer) string {
	name := strings.TrimSpace(c.FirstName + " " + c.LastName)
	return cmp.Or(name, c.Email, c.Phone, c.Username)
}

// exportPeople answers GET /console/{org}/people.csv with all matches of a search as a stream.
func (s *Console) exportPeople(c echo.Context, v *visit) error {
	q, _ := s.peopleSearch(c, v)
	q.Size = new(exportSize)
	found, err := s.Contacts.Search(c.Request().Context(), v.by, v.organization.ID, q)
	if err != nil {
		return err
	}
	web.NoStore(c)
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, "text/csv; charset=utf-8; header=present")
	header.Set(echo.HeaderContentDisposition, `attachment; filename="people.csv"`)
	c.Response().WriteHeader(http.StatusOK)
	rows := newCSV(c.Response())
	for {
		rows.write(found.Contacts, v)
		c.Response().Flush()
		if found.Scroll == "" || rows.err() != nil {
			break
		}
		if found, err = s.Contacts.Search(c.Request().Context(), v.by, v.organization.ID,
			contacts.ContactSearch{Scroll: &found.Scroll}); err != nil {
			break
		}
	}
	if err != nil || rows.err() != nil {
		panic(http.ErrAbortHandler) // the client sees that the file is not complete
	}
	return nil
}
