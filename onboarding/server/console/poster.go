package console

import (
	"bytes"
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/poster"
	"onramp/onboarding/server/web"
	"onramp/templates"
)

// posterPage is the data of poster.html.
type posterPage struct {
	Link, Typed string
	Long        bool   // a slug would shorten the link
	Open        string // the link on this host
	Loopback    bool   // no phone reaches the link
	QR          template.URL
	Show        string // address of the form
	Locations   []option
	Languages   []languageChoice
	// Print, File and Code are the addresses of the poster, of the same as a file, and of the QR
	// code as a file; all are empty after an error.
	Print, File, Code string
	Wrong             map[string]string // by field
}

// languageChoice is the input of a language of the poster; Name is that of the parameter.
type languageChoice struct {
	Name, Label string
	Options     []option
}

// The parameters of the poster's addresses. A number from 1 follows languageParameter.
const (
	languageParameter = "language"
	fileParameter     = "file"
)

// showPoster answers GET /console/{org}/poster.
func (s *Console) showPoster(c echo.Context, v *visit) error {
	page, status := &posterPage{Show: v.at(posterPath), Wrong: map[string]string{}}, http.StatusOK
	portal, languages, err := s.portal(c, v)
	if refused, ok := errors.AsType[*onboarding.Error](err); ok && refused.Kind == onboarding.Invalid {
		status, page.Wrong[refused.Field] = http.StatusConflict, refused.Message
	} else if err != nil {
		return err
	} else if err := v.addPoster(page, portal, languages); err != nil {
		return err
	}
	chosen := v.session.LocationID
	if portal.Location != nil {
		chosen = portal.Location.ID
	}
	if v.session.LocationID == "" {
		page.Locations = append(page.Locations, option{Text: v.texts.must("poster.anyLocation")})
	}
	page.Locations = append(page.Locations, locationOptions(v.by.Locations(v.organization), chosen)...)
	page.Languages = v.posterLanguages(languages)
	return s.render(c, status, v, "poster", "poster", page)
}

// portal returns the sign-up page of the location that a request names, and the languages of its
// poster. A session of one location gets that of its location. An Invalid error names the
// parameter; the portal and the languages are then what can be shown.
func (s *Console) portal(c echo.Context, v *visit) (p *poster.Portal, languages []string, err error) {
	only, err := s.Access.OnlyOrganization(c.Request().Context())
	p = &poster.Portal{PublicURL: s.PublicURL, Organization: v.organization, Only: only}
	if err != nil {
		return p, nil, err
	}
	values := c.QueryParams()
	var wrong onboarding.Faults
	if id := cmp.Or(values.Get(locationParameter), v.session.LocationID); id != "" {
		own := v.by.Locations(v.organization)
		i := slices.IndexFunc(own, func(l onboarding.Location) bool { return l.ID == id })
		if i < 0 {
			wrong.Refuse(locationParameter, v.texts.must("poster.noLocation"))
		} else {
			p.Location = &own[i]
		}
	}
	for i := range poster.MaxLanguages {
		if code := values.Get(languageParameter + strconv.Itoa(i+1)); code != "" {
			languages = append(languages, code)
		}
	}
	if len(languages) == 0 {
		languages = poster.LanguagesOf(v.organization)
	}
	if err := poster.CheckLanguages(languages); err != nil {
		wrong.Refuse(languageParameter, err.Error())
	}
	return p, languages, wrong.Err()
}

// addPoster adds the link, its QR code and the addresses of the poster.
func (v *visit) addPoster(page *posterPage, p *poster.Portal, languages []string) (err error) {
	page.Link, page.Typed, page.Loopback = p.Link(), p.Typed(), p.Loopback()
	page.Long = v.organization.Portal.Slug == ""
	page.Open = strings.TrimPrefix(page.Link, p.PublicURL)
	if page.QR, err = web.QRPicture(page.Link, qrPixels); err != nil {
		return err
	}
	var pairs []string
	if p.Location != nil {
		pairs = append(pairs, locationParameter, p.Location.ID)
	}
	page.Code = v.at(posterCode, pairs...)
	for i, code := range languages {
		pairs = append(pairs, languageParameter+strconv.Itoa(i+1), code)
	}
	page.Print, page.File = v.at(posterFile, pairs...), v.at(posterFile, append(pairs, fileParameter, "yes")...)
	return nil
}

// posterLanguages returns the inputs of the poster's languages with the chosen ones.
func (v *visit) posterLanguages(chosen []string) []languageChoice {
	var inputs []languageChoice
	for i := range poster.MaxLanguages {
		n := strconv.Itoa(i + 1)
		in := languageChoice{Name: languageParameter + n, Label: v.texts.must("poster.language" + n)}
		if i > 0 {
			in.Options = append(in.Options, option{Text: v.texts.must("poster.noLanguage")})
		}
		for _, code := range templates.PosterLanguages() {
			in.Options = append(in.Options, option{code, languageName(code), i < len(chosen) && chosen[i] == code})
		}
		inputs = append(inputs, in)
	}
	return inputs
}

// posterPolicy allows the poster the style sheet in it and inline images, and no script and no
// form. The page of the poster shows it in a frame.
const posterPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; " +
	"base-uri 'none'; form-action 'none'; sandbox"

// sendPoster answers GET /console/{org}/poster.html with the printable page.
func (s *Console) sendPoster(c echo.Context, v *visit) error {
	p, languages, err := s.portal(c, v)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := poster.Write(&out, p.Sheet(languages)); err != nil {
		return err
	}
	if c.QueryParam(fileParameter) != "" {
		attach(c, "poster-"+v.organization.ID+".html")
	}
	web.NoStore(c)
	header := c.Response().Header()
	header.Set("Content-Security-Policy", posterPolicy)
	header.Set("X-Frame-Options", "SAMEORIGIN")
	header.Set("Content-Language", languages[0])
	return c.HTMLBlob(http.StatusOK, out.Bytes())
}

// sendCode answers GET /console/{org}/poster.svg with the QR code of the sign-up page.
func (s *Console) sendCode(c echo.Context, v *visit) error {
	p, _, err := s.portal(c, v)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := poster.WriteCode(&out, p.Link()); err != nil {
		return err
	}
	web.NoStore(c)
	c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	attach(c, "sign-up-"+v.organization.ID+".svg")
	return c.Blob(http.StatusOK, "image/svg+xml", out.Bytes())
}

// attach lets a browser save the answer as a file.
func attach(c echo.Context, name string) {
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
}
