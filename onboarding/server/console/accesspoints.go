package console

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/tenant"
)

// accessPointsPage is the data of accesspoints.html.
type accessPointsPage struct {
	Declared  []hotspotRow
	Unknown   []unknownRow
	Locations []option
	Kept      int // days for which attempts are kept
	Adopt     string
	Form      string
	Version   string // of the organization, on which an adoption is based
}

// hotspotRow is a declared access point.
type hotspotRow struct {
	Name, Location, NASIdentifier, MAC, Address string
	LastSeen, LastAccepted                      string
	State, Tone                                 string
}

// unknownRow is an access point that sends RADIUS requests and is not declared.
type unknownRow struct {
	Key, NASIdentifier, MAC, Address, SSID, LastSeen string
	Adoptable                                        bool // it has a name by which a hotspot is recognised
}

// maxUnknown is the number of unknown access points on the page.
const maxUnknown = 50

// showAccessPoints answers GET /console/{org}/access-points.
func (s *Console) showAccessPoints(c echo.Context, v *visit) error {
	ctx := c.Request().Context()
	states, err := s.Connectivity.Hotspots(ctx, v.by, v.organization.ID)
	if err != nil {
		return err
	}
	page := &accessPointsPage{
		Kept: int(v.organization.RADIUS.AttemptLifetime().Hours() / 24), Adopt: v.at(accessPointsPath), Form: v.form,
		Version: v.version(), Locations: locationOptions(v.organization.Locations, ""),
	}
	for i := range states {
		page.Declared = append(page.Declared, v.hotspot(&states[i]))
	}
	if page.Unknown, err = s.unknownAccessPoints(c, v); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, v, "accesspoints", "accesspoints", page)
}

func (v *visit) hotspot(state *connectivity.HotspotState) hotspotRow {
	h := state.Hotspot
	row := hotspotRow{
		Name: cmp.Or(h.Name, h.ID), Location: state.Location.Name, NASIdentifier: h.NASIdentifier, MAC: h.MAC,
		Address: h.Address, State: "silent", Tone: "warn",
	}
	if state.LastSeen != nil {
		row.LastSeen, row.State, row.Tone = v.minute(*state.LastSeen), "refuses", "bad"
	}
	if state.LastAccepted != nil {
		row.LastAccepted, row.State, row.Tone = v.minute(*state.LastAccepted), "works", "good"
	}
	row.State = v.texts.must("accessPoints." + row.State)
	return row
}

// unknownAccessPoints returns the access points that are not declared. Nobody knows whose they are,
// so a session of one organization sees them only if there is no other organization.
func (s *Console) unknownAccessPoints(c echo.Context, v *visit) ([]unknownRow, error) {
	ctx := c.Request().Context()
	if v.session.OrganizationID != "" {
		only, err := s.Access.OnlyOrganization(ctx)
		if err != nil || !only {
			return nil, err
		}
	}
	found, err := s.Contacts.UnknownAccessPoints(ctx, maxUnknown)
	if err != nil {
		return nil, err
	}
	var rows []unknownRow
	for _, a := range found {
		rows = append(rows, unknownRow{
			Key: a.Key, NASIdentifier: a.NASIdentifier, MAC: a.MAC, Address: a.Address, SSID: a.SSID,
			LastSeen: v.minute(a.LastSeen), Adoptable: a.NASIdentifier != "" || a.MAC != "",
		})
	}
	return rows, nil
}

// adoptAccessPoint answers POST /console/{org}/access-points: it declares an unknown access point
// as a hotspot of a location.
func (s *Console) adoptAccessPoint(c echo.Context, v *visit) error {
	unknown, err := s.unknownAccessPoints(c, v)
	if err != nil {
		return err
	}
	var found *unknownRow
	for i := range unknown {
		if unknown[i].Key == typed(c, "key") && unknown[i].Adoptable {
			found = &unknown[i]
		}
	}
	if found == nil { // adopted since, or another's
		return onboarding.NotFoundError("access point")
	}
	name := strings.TrimSpace(typed(c, "name"))
	version, err := typedVersion(c)
	if err != nil {
		return err
	}
	_, err = s.Tenants.Edit(c.Request().Context(), v.organization.ID, version, func(o *onboarding.Organization) error {
		l := o.Location(typed(c, "location"))
		if l == nil {
			return onboarding.InvalidField("location", "unknown")
		}
		h := onboarding.Hotspot{ID: onboarding.NewID(), Name: cmp.Or(name, found.NASIdentifier, found.MAC)}
		if h.NASIdentifier = found.NASIdentifier; h.NASIdentifier == "" {
			h.MAC = found.MAC
		}
		l.Hotspots = append(l.Hotspots, h)
		return nil
	})
	if err != nil {
		return refusal(err)
	}
	return done(c, nil, v.at(accessPointsPath), "adopted")
}

// refusal returns the findings of a refused change of the settings as faults.
func refusal(err error) error {
	refused, ok := errors.AsType[*tenant.ApplyError](err)
	if !ok {
		return err
	}
	var wrong onboarding.Faults
	for _, a := range refused.Organizations {
		for _, f := range a.Findings {
			if f.Severity == onboarding.SeverityError {
				wrong.Refuse(f.Field, f.Message)
			}
		}
	}
	return wrong.Err()
}
