package console

import (
	"encoding/base64"
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"
	qr "github.com/piglig/go-qr"

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

// confirmPage is the data of confirm.html.
type confirmPage struct{ Act, Name, Action, Form, Back string }

// linkPage is the data of link.html.
type linkPage struct {
	Name, URL, Until, Back string
	QR                     template.URL
	Lost                   bool
}

// confirmAct answers GET /console/{org}/people/{id}/{act} for an act that needs a confirmation. It
// changes nothing.
func (s *Console) confirmAct(c echo.Context, v *visit) error {
	id, act := web.Param(c, "id"), web.Param(c, "act")
	if act != actLost && act != actDelete {
		return onboarding.NotFoundError("page")
	}
	contact, err := s.Contacts.Contact(c.Request().Context(), v.by, id)
	if err != nil {
		return err
	}
	self := v.at("/people/" + id)
	return s.render(c, http.StatusOK, v, "confirm", "people", &confirmPage{
		Act: act, Name: nameOf(contact.Customer), Action: self + "/" + act, Form: v.form, Back: self,
	})
}

// actOnPerson answers POST /console/{org}/people/{id}/{act}.
func (s *Console) actOnPerson(c echo.Context, v *visit) error {
	ctx, id := c.Request().Context(), web.Param(c, "id")
	self := v.at("/people/" + id)
	done := func(err error, to, notice string) error {
		if err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, address(to, "done", notice))
	}
	switch act := web.Param(c, "act"); act {
	case actLink:
		link, err := s.Links.Create(ctx, v.by, id, nil, nil, nil)
		if err != nil {
			return err
		}
		return s.renderLink(c, v, id, link.URL, v.minute(link.Expires), false)
	case actLost:
		link, err := s.Registration.Rotate(ctx, v.by, id)
		if err != nil {
			return err
		}
		return s.renderLink(c, v, id, link, "", true)
	case actLock:
		return done(s.Registration.Lock(ctx, v.by, id), self, "locked")
	case actUnlock:
		return done(s.Registration.Unlock(ctx, v.by, id), self, "unlocked")
	case actDelete:
		err := s.Registration.Delete(ctx, v.by, id)
		if onboarding.KindOf(err) == onboarding.NotFound && onboarding.ValidID(id) { // the form was sent twice
			err = nil
		}
		return done(err, v.at("/people"), "deleted")
	case actData:
		return s.sendData(c, v, id)
	}
	return onboarding.NotFoundError("page")
}

// renderLink shows a link once, with its QR code.
func (s *Console) renderLink(c echo.Context, v *visit, id, link, until string, lost bool) error {
	contact, err := s.Contacts.Contact(c.Request().Context(), v.by, id)
	if err != nil {
		return err
	}
	picture, err := qrPicture(link)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v, "link", "people", &linkPage{
		Name: nameOf(contact.Customer), URL: link, QR: picture, Until: until, Lost: lost, Back: v.at("/people/" + id),
	})
}

// qrPicture returns the QR code (ISO/IEC 18004) of an address as the data URL of a PNG image.
func qrPicture(link string) (template.URL, error) {
	code, err := qr.EncodeText(link, qr.Medium)
	if err != nil {
		return "", err
	}
	png, err := code.ToPNGBytes(qr.NewQrCodeImgConfig(5, 4))
	if err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png)), nil
}

// sendData answers with everything that is stored about a person, as a file.
func (s *Console) sendData(c echo.Context, v *visit, id string) error {
	record, err := s.Contacts.Export(c.Request().Context(), v.by, id)
	if err != nil {
		return err
	}
	web.NoStore(c)
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="person-`+id+`.json"`)
	return c.JSONPretty(http.StatusOK, s.ExportForm(record), "  ")
}
