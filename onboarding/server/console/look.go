package console

import (
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/pages"
	"onramp/onboarding/server/web"
	"onramp/onboarding/tenant"
)

// lookPage is the data of look.html.
type lookPage struct {
	Save, Form, Version string // Version of the organization, on which a change is based
	Groups              []*lookGroup
	Logo                template.URL // the draft's; may be empty
	LogoSource          string       // a logo that is typed and not saved
	LogoSaved           bool         // there is one to remove
	LogoRemoved         bool
	Preview             *pages.Preview
	Previewed           bool         // the draft is not saved
	Conflict            bool         // someone else has changed the settings since the page was loaded
	Refused             bool         // the draft was not saved
	Saved               bool         // the draft was saved, with warnings
	Versions            []versionRow // former ones, the newest first
	Others              []healthLine // findings about what this page does not change
}

// lookDraft is a version of the settings that a page shows.
type lookDraft struct {
	*onboarding.Organization
	typed *lookForm
	found []onboarding.Finding // of the form, or of an apply
	page  lookPage
}

// showLook answers GET /console/{org}/look.
func (s *Console) showLook(c echo.Context, v *visit) error {
	draft, err := v.organization.Clone()
	if err != nil {
		return err
	}
	return s.renderLook(c, http.StatusOK, v, &lookDraft{
		Organization: draft, typed: &lookForm{values: url.Values{}},
	})
}

// changeLook answers POST /console/{org}/look: it saves the form, or shows the preview.
func (s *Console) changeLook(c echo.Context, v *visit) error {
	values, _ := c.Get(typedKey).(url.Values)
	typed := readLook(values)
	version, err := typedVersion(c)
	if err != nil {
		return err
	}
	d := &lookDraft{typed: typed, found: typed.wrong}
	if version != v.organization.Version {
		return s.renderConflict(c, v, d)
	}
	if d.Organization, err = v.organization.Clone(); err != nil {
		return err
	}
	typed.change(d.Organization)
	if typed.values.Get("preview") != "" || typed.acted {
		d.page.Previewed = true
		return s.renderLook(c, http.StatusOK, v, d)
	}
	if len(typed.wrong) > 0 {
		d.page.Refused = true
		return s.renderLook(c, http.StatusConflict, v, d)
	}
	change := func(o *onboarding.Organization) error {
		typed.change(o)
		return nil
	}
	applied, err := s.Tenants.Edit(c.Request().Context(), v.organization.ID, version, change)
	if refused, ok := errors.AsType[*tenant.ApplyError](err); ok {
		d.page.Refused, d.found = true, refused.Organizations[0].Findings
		return s.renderLook(c, http.StatusConflict, v, d)
	}
	if errors.Is(err, tenant.ErrVersion) {
		return s.renderConflict(c, v, d)
	}
	if err != nil {
		return err
	}
	return s.answerSaved(c, v, applied)
}

// answerSaved leads to the page with the saved settings, or shows it at once if there are warnings
// about the change itself, which a later page cannot show.
func (s *Console) answerSaved(c echo.Context, v *visit, applied *tenant.Applied) error {
	saved, err := s.reload(c, v)
	if err != nil {
		return err
	}
	d := &lookDraft{Organization: saved, typed: &lookForm{values: url.Values{}}, found: applied.Findings}
	d.page.Saved = true
	standing, err := s.Tenants.Check(c.Request().Context(), []*onboarding.Organization{saved})
	if err != nil {
		return err
	}
	isStanding := func(f onboarding.Finding) bool {
		return slices.ContainsFunc(standing[0].Findings, func(g onboarding.Finding) bool {
			return g.Field == f.Field && g.Rule == f.Rule
		})
	}
	if !slices.ContainsFunc(applied.Findings, func(f onboarding.Finding) bool { return !isStanding(f) }) {
		return done(c, nil, v.at(lookPath), "saved")
	}
	return s.renderLook(c, http.StatusOK, v, d)
}

// reload reads the organization again and returns a copy that may be modified.
func (s *Console) reload(c echo.Context, v *visit) (*onboarding.Organization, error) {
	found, err := s.Tenants.Export(c.Request().Context(), v.organization.ID)
	if err != nil {
		return nil, err
	}
	v.organization = found[0]
	return found[0].Clone()
}

// renderConflict answers a form that is based on an earlier version: with what was typed, on top of
// the present settings, or as saved if that changes nothing, as after a double click.
func (s *Console) renderConflict(c echo.Context, v *visit, d *lookDraft) (err error) {
	if d.Organization, err = s.reload(c, v); err != nil {
		return err
	}
	d.typed.change(d.Organization)
	same, err := d.Equal(v.organization)
	if err != nil {
		return err
	}
	if same && len(d.typed.wrong) == 0 {
		return done(c, nil, v.at(lookPath), "saved")
	}
	d.page.Conflict = true
	return s.renderLook(c, http.StatusConflict, v, d)
}

// renderLook shows the form with a draft, the findings about it, and its preview.
func (s *Console) renderLook(c echo.Context, status int, v *visit, d *lookDraft) error {
	page := &d.page
	page.Save, page.Form, page.Version = v.at(lookPath), v.form, v.version()
	page.Groups, page.Preview = v.lookGroups(d.Organization, d.typed), pages.PreviewOf(d.Organization)
	saved, logo := v.organization.Portal.Brand.Logo, d.Portal.Brand.Logo
	page.LogoSaved, page.LogoRemoved = saved != "", d.typed.removesLogo()
	if logo != "" {
		page.Logo = template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(logo)))
	}
	switch {
	case len(d.typed.wrong) > 0:
		page.LogoSource = d.typed.values.Get(lookLogo)
	case logo != saved:
		page.LogoSource = logo
	}
	v.accent = web.AccentAddress(d.Organization)
	if page.Conflict {
		v.addSaved(page.Groups)
	}
	if err := s.addFindings(c, v, d); err != nil {
		return err
	}
	if err := s.addVersions(c, v, page); err != nil {
		return err
	}
	return s.render(c, status, v, "look", "look", page)
}

// addSaved adds to the inputs the saved values that differ from theirs.
func (v *visit) addSaved(groups []*lookGroup) {
	saved := lookInputs(v.lookGroups(v.organization, &lookForm{}))
	for name, in := range lookInputs(groups) {
		if was := saved[name]; was != nil && in.Kind != "logo" && was.shown() != in.shown() {
			in.Saved = onboarding.CutText(was.shown(), maxSavedShown)
			if in.Saved == "" {
				in.Saved = "–"
			}
		}
	}
}

// maxSavedShown limits the characters of a saved value beside a typed one.
const maxSavedShown = 300

// lookInputs returns the inputs by name.
func lookInputs(groups []*lookGroup) map[string]*lookInput {
	all := map[string]*lookInput{}
	for _, g := range groups {
		for _, in := range g.Inputs {
			all[in.Name] = in
		}
	}
	return all
}

// addFindings adds the findings about a draft to its inputs; errors that belong to none are shown
// above the form.
func (s *Console) addFindings(c echo.Context, v *visit, d *lookDraft) error {
	found := d.found
	if !d.page.Saved && !d.page.Refused || len(d.typed.wrong) > 0 {
		checked, err := s.Tenants.Check(c.Request().Context(), []*onboarding.Organization{d.Organization})
		if err != nil {
			return err
		}
		found = append(found[:len(found):len(found)], checked[0].Findings...)
	}
	inputs := lookInputs(d.page.Groups)
	for _, f := range found {
		name := inputOf(d.Organization, f.Field, inputs)
		switch in := inputs[name]; {
		case in != nil:
			in.Found = append(in.Found, v.healthLine(f))
			in.Wrong = in.Wrong || f.Severity == onboarding.SeverityError
		case f.Severity == onboarding.SeverityError:
			d.page.Others = append(d.page.Others, v.healthLine(f))
		}
	}
	return nil
}
