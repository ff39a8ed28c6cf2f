package console

import (
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
)

// The acts on a person, by the last part of their address.
const (
	actLink   = "link"   // a new link to the profile
	actLost   = "lost"   // a new password: every device loses access
	actLock   = "lock"   // no access
	actUnlock = "unlock" // access again
	actData   = "data"   // everything that is stored, as a file
	actDelete = "delete"
)

// confirmPage is the data of confirm.html, the question before an act.
type confirmPage struct {
	Title, Name, Lead, Button string
	Danger                    bool        // the act cannot be undone
	Replaced                  *versionRow // of an act on a former version; else nil
	Action, Form              string
	Version                   string // of the organization, if the act is based on one
	Back, BackText            string
}

// linkPage is the data of link.html.
type linkPage struct {
	Name, URL, Until, Back string
	QR                     template.URL
	Lost                   bool
}

// confirmLost answers GET /console/{org}/people/{id}/lost. It changes nothing.
func (s *Console) confirmLost(c echo.Context, v *visit) error { return s.confirm(c, v, actLost) }

// confirmDelete answers GET /console/{org}/people/{id}/delete. It changes nothing.
func (s *Console) confirmDelete(c echo.Context, v *visit) error { return s.confirm(c, v, actDelete) }

// confirm asks for the confirmation of an act.
func (s *Console) confirm(c echo.Context, v *visit, act string) error {
	contact, err := s.Contacts.Contact(c.Request().Context(), v.by, web.Param(c, "id"))
	if err != nil {
		return err
	}
	self, must := v.person(contact.ID), v.texts.must
	return s.render(c, http.StatusOK, v, "confirm", "people", &confirmPage{
		Title: must("confirm." + act), Name: nameOf(contact.Customer), Lead: must("confirm." + act + "Lead"),
		Button: must("person." + act), Danger: act == actDelete, Action: self + "/" + act, Form: v.form, Back: self,
		BackText: must("confirm.back"),
	})
}

// person returns the address of a person's page.
func (v *visit) person(id string) string { return v.at(peoplePath + "/" + id) }

// done leads to a page with a notice, unless the act failed.
func done(c echo.Context, err error, page, notice string) error {
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, web.Address(page, "done", notice))
}

// makeLink answers POST /console/{org}/people/{id}/link.
func (s *Console) makeLink(c echo.Context, v *visit) error {
	link, err := s.Links.Create(c.Request().Context(), v.by, web.Param(c, "id"), nil, nil, nil)
	if err != nil {
		return err
	}
	return s.renderLink(c, v, link.URL, v.minute(link.Expires), false)
}

// replacePassword answers POST /console/{org}/people/{id}/lost.
func (s *Console) replacePassword(c echo.Context, v *visit) error {
	link, err := s.Registration.Rotate(c.Request().Context(), v.by, web.Param(c, "id"))
	if err != nil {
		return err
	}
	return s.renderLink(c, v, link, "", true)
}

// lock answers POST /console/{org}/people/{id}/lock.
func (s *Console) lock(c echo.Context, v *visit) error {
	id := web.Param(c, "id")
	return done(c, s.Registration.Lock(c.Request().Context(), v.by, id), v.person(id), "locked")
}

// unlock answers POST /console/{org}/people/{id}/unlock.
func (s *Console) unlock(c echo.Context, v *visit) error {
	id := web.Param(c, "id")
	return done(c, s.Registration.Unlock(c.Request().Context(), v.by, id), v.person(id), "unlocked")
}

// deletePerson answers POST /console/{org}/people/{id}/delete. A form that is sent twice leads to
// the list, too.
func (s *Console) deletePerson(c echo.Context, v *visit) error {
	id := web.Param(c, "id")
	err := s.Registration.Delete(c.Request().Context(), v.by, id)
	if onboarding.KindOf(err) == onboarding.NotFound && onboarding.ValidID(id) {
		return done(c, nil, v.at(peoplePath), "missing")
	}
	return done(c, err, v.at(peoplePath), "deleted")
}

// qrPixels are the pixels of a module of a QR code.
const qrPixels = 5

// renderLink shows a link once, with its QR code.
func (s *Console) renderLink(c echo.Context, v *visit, link, until string, lost bool) error {
	contact, err := s.Contacts.Contact(c.Request().Context(), v.by, web.Param(c, "id"))
	if err != nil {
		return err
	}
	picture, err := web.QRPicture(link, qrPixels)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v, "link", "people", &linkPage{
		Name: nameOf(contact.Customer), URL: link, QR: picture, Until: until, Lost: lost, Back: v.person(contact.ID),
	})
}

// sendData answers POST /console/{org}/people/{id}/data with everything that is stored about a
// person, as a file.
func (s *Console) sendData(c echo.Context, v *visit) error {
	id := web.Param(c, "id")
	record, err := s.Contacts.Export(c.Request().Context(), v.by, id)
	if err != nil {
		return err
	}
	web.NoStore(c)
	attach(c, "person-"+id+".json")
	return c.JSONPretty(http.StatusOK, s.ExportForm(record), "  ")
}
