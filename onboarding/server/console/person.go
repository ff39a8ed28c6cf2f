package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/contacts"
	"onramp/onboarding/server/web"
)

// personPage is the data of person.html.
type personPage struct {
	Name, Email, Phone, Username, Location string
	SignedUp                               string
	EmailVerified, PhoneVerified, Locked   bool
	Verdict                                verdict
	Timeline                               []moment // the latest first
	Stations                               []stationRow
	Installations                          []installationRow
	Connections                            []connectionRow
	Consents                               []consentRow
	Self                                   string // address of the page, for the acts
	Manages                                bool   // the role may lock, delete and export
	Form                                   string
}

// verdict is the answer to the question whether the person is connected.
type verdict struct {
	State, Tone string // tone: "good", "bad" or "warn"
	Since       string
	Cause, Step string
	English     bool // of Step
	Confidence  string
}

type moment struct{ At, Source, Text string }

type stationRow struct {
	MAC, First, Last, State, Tone string
	Connections                   int64
	Randomised                    bool
}

type installationRow struct{ Platform, Type, By, At, Removed, Confirmed string }

type connectionRow struct{ Start, End, Place, MAC, Traffic string }

type consentRow struct {
	Policy, Version, At string
	Accepted            bool
}

// shownConnections is the number of connections on a person's page.
const shownConnections = 10

// showPerson answers GET /console/{org}/people/{id}.
func (s *Console) showPerson(c echo.Context, v *visit) error {
	ctx, id := c.Request().Context(), web.Param(c, "id")
	contact, err := s.Contacts.Contact(ctx, v.by, id)
	if err != nil {
		return err
	}
	found, err := s.Connectivity.Of(ctx, v.by, id)
	if err != nil {
		return err
	}
	stations, err := s.Contacts.Stations(ctx, v.by, id)
	if err != nil {
		return err
	}
	installations, err := s.Links.Installations(ctx, v.by, id)
	if err != nil {
		return err
	}
	connections, err := s.Contacts.Connections(ctx, v.by, id, shownConnections, "")
	if err != nil {
		return err
	}
	page := &personPage{
		Name: nameOf(contact.Customer), Email: contact.Email, Phone: contact.Phone, Username: contact.Username,
		SignedUp: v.minute(contact.Created), EmailVerified: contact.EmailVerified, PhoneVerified: contact.PhoneVerified,
		Locked: contact.Locked, Verdict: v.verdict(found), Timeline: v.timeline(found), Self: v.person(id),
		Form: v.form, Manages: v.may(web.PeopleManager), Consents: v.consents(contact),
		Stations: v.stations(stations, found), Installations: v.installations(installations),
		Connections: v.connections(connections.Connections),
	}
	if contact.Location != nil {
		page.Location = contact.Location.Name
	}
	return s.render(c, http.StatusOK, v, "person", "people", page)
}

// tones are the colours of the states.
var tones = map[connectivity.State]string{
	connectivity.Connected: "good", connectivity.NotConnected: "bad", connectivity.NeverConnected: "warn",
}

func (v *visit) verdict(found *connectivity.Verdict) verdict {
	shown := verdict{
		State: v.texts.must("state." + string(found.State)), Tone: tones[found.State], Step: found.Operator,
		English: true, Confidence: v.texts.must("confidence." + string(found.Confidence)),
	}
	if found.Cause != "" {
		shown.Cause = v.texts.must("cause." + string(found.Cause))
	}
	if found.Operator == found.Cause.OperatorStep() && found.Cause != "" { // else more exact
		shown.Step, shown.English = v.texts.must("step."+string(found.Cause)), false
	}
	if found.Since != nil {
		shown.Since = v.minute(*found.Since)
	}
	return shown
}

// timeline returns the evidence of a verdict, the latest first.
func (v *visit) timeline(found *connectivity.Verdict) []moment {
	var moments []moment
	for _, e := range slices.Backward(found.Evidence) {
		moments = append(moments, moment{v.minute(e.At), v.texts.must("source." + string(e.Source)), e.Text})
	}
	return moments
}

func (v *visit) stations(all []onboarding.Station, found *connectivity.Verdict) []stationRow {
	states := map[string]connectivity.State{}
	for i := range found.Stations {
		if st := &found.Stations[i]; !st.Claimed {
			states[st.MAC] = st.State
		}
	}
	var rows []stationRow
	for _, st := range all {
		row := stationRow{
			MAC: st.MAC, First: v.minute(st.FirstSeen), Last: v.minute(st.LastSeen), Connections: st.Connections,
			Randomised: st.Randomised,
		}
		if state := states[st.MAC]; state != "" {
			row.State, row.Tone = v.texts.must("state."+string(state)), tones[state]
		}
		rows = append(rows, row)
	}
	return rows
}

func (v *visit) installations(all []*onboarding.Installation) []installationRow {
	var rows []installationRow
	for _, i := range slices.Backward(all) {
		row := installationRow{Platform: i.Platform, Type: i.Type, By: i.InstalledBy, At: v.minute(i.Installed)}
		if i.Removed != nil {
			row.Removed = v.minute(*i.Removed)
		}
		if i.Confirmed != nil {
			row.Confirmed = v.minute(*i.Confirmed)
		}
		rows = append(rows, row)
	}
	return rows
}

func (v *visit) connections(all []contacts.Connection) []connectionRow {
	var rows []connectionRow
	for i := range all {
		c := &all[i]
		row := connectionRow{MAC: c.MAC, Place: c.AccessPoint, Traffic: size(c.Traffic)}
		if c.Start != nil {
			row.Start = v.minute(*c.Start)
		}
		if c.Stop != nil {
			row.End = v.minute(*c.Stop)
		}
		if c.Hotspot != nil {
			row.Place = cmp.Or(c.Hotspot.Name, row.Place)
		} else if c.Location != nil {
			row.Place = cmp.Or(c.Location.Name, row.Place)
		}
		rows = append(rows, row)
	}
	return rows
}

func (v *visit) consents(contact *contacts.Contact) []consentRow {
	var rows []consentRow
	for _, consent := range contact.Policies {
		title := ""
		if p := v.organization.Policy(consent.Policy); p != nil {
			title = web.InLanguage(p.Title, v.texts.code, v.organization)
		}
		if title == "" && v.texts.has("policy."+consent.Policy) {
			title = v.texts.must("policy." + consent.Policy)
		}
		rows = append(rows, consentRow{
			cmp.Or(title, strings.TrimPrefix(consent.Policy, "customs.")), consent.Version, v.minute(consent.At),
			consent.Accepted,
		})
	}
	return rows
}
