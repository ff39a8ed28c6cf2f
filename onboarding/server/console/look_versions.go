package console

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/server/web"
	"onramp/onboarding/tenant"
)

// versionRow is a former version of the look.
type versionRow struct{ Replaced, Who, Actor, Restore string }

// restorePage is the data of lookrestore.html.
type restorePage struct {
	Action, Form, Version, Back string // Version of the organization
	Row                         versionRow
	Name                        string
}

// addVersions adds the former versions to the page of the look.
func (s *Console) addVersions(c echo.Context, v *visit, page *lookPage) error {
	versions, err := s.Tenants.Versions(c.Request().Context(), v.organization.ID)
	if err != nil {
		return err
	}
	for _, is := range versions {
		page.Versions = append(page.Versions, v.versionRow(is))
	}
	return nil
}

func (v *visit) versionRow(is *onboarding.OrganizationVersion) versionRow {
	who, actor := v.actor(is.By)
	return versionRow{
		Replaced: v.minute(is.Replaced), Who: who, Actor: actor,
		Restore: v.at(lookPath + "/" + strconv.FormatInt(is.Version, 10)),
	}
}

// versionOf returns the former version that a request names.
func (s *Console) versionOf(c echo.Context, v *visit) (*onboarding.OrganizationVersion, error) {
	versions, err := s.Tenants.Versions(c.Request().Context(), v.organization.ID)
	if err != nil {
		return nil, err
	}
	for _, is := range versions {
		if strconv.FormatInt(is.Version, 10) == web.Param(c, "version") {
			return is, nil
		}
	}
	return nil, onboarding.NotFoundError("version")
}

// confirmRestore answers GET /console/{org}/look/{version}. It changes nothing.
func (s *Console) confirmRestore(c echo.Context, v *visit) error {
	is, err := s.versionOf(c, v)
	if err != nil {
		return err
	}
	row := v.versionRow(is)
	return s.render(c, http.StatusOK, v, "lookrestore", "look", &restorePage{
		Action: row.Restore, Form: v.form, Version: strconv.FormatInt(v.organization.Version, 10),
		Back: v.at(lookPath), Row: row, Name: is.Look.Name,
	})
}

// restore answers POST /console/{org}/look/{version}: it gives the organization a former look.
func (s *Console) restore(c echo.Context, v *visit) error {
	is, err := s.versionOf(c, v)
	if err != nil {
		return err
	}
	version, err := typedVersion(c)
	if err != nil {
		return err
	}
	change := func(o *onboarding.Organization) error {
		o.RestoreLook(is.Look)
		return nil
	}
	_, err = s.Tenants.Edit(c.Request().Context(), v.organization.ID, version, change)
	if errors.Is(err, tenant.ErrVersion) {
		restored, cloneErr := v.organization.Clone()
		if cloneErr != nil {
			return cloneErr
		}
		restored.RestoreLook(is.Look)
		same, equalErr := restored.Look().Equal(v.organization.Look())
		if equalErr != nil {
			return equalErr
		}
		if same { // a double click
			err = nil
		}
	}
	if err != nil {
		return refusal(err)
	}
	return done(c, nil, v.at(lookPath), "restored")
}
