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
	row, must := v.versionRow(is), v.texts.must
	return s.render(c, http.StatusOK, v, "confirm", "look", &confirmPage{
		Title: must("look.restoreTitle"), Name: is.Look.Name, Lead: must("look.restoreLead"),
		Button: must("look.restore"), Replaced: &row, Action: row.Restore, Form: v.form,
		Version: v.version(), Back: v.at(lookPath), BackText: must("look.back"),
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
		var isSame bool
		if isSame, err = s.hasLook(c, v, is.Look); err == nil && !isSame {
			err = tenant.ErrVersion
		}
	}
	if err != nil {
		return refusal(err)
	}
	return done(c, nil, v.at(lookPath), "restored")
}

// hasLook reports whether the organization has a look already, as after a double click.
func (s *Console) hasLook(c echo.Context, v *visit, look *onboarding.Organization) (bool, error) {
	restored, err := s.reload(c, v)
	if err != nil {
		return false, err
	}
	restored.RestoreLook(look)
	return restored.Look().Equal(v.organization.Look())
}
