package server

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"onramp/onboarding"
	"onramp/onboarding/contacts"
	"onramp/onboarding/server/web"
)

// contact is a contact on the wire; unknown values are null. externalIdentityId and externalSource
// belong to sign-ups through other systems, which do not exist here.
type contact struct {
	CID                string           `json:"cid"`
	Title              *string          `json:"title"`
	FirstName          *string          `json:"firstName"`
	LastName           *string          `json:"lastName"`
	Gender             *string          `json:"gender"`
	BirthDate          *string          `json:"birthDate"` // the year
	BirthDay           *string          `json:"birthDay"`  // month and day
	Age                *int             `json:"age"`
	Country            *string          `json:"country"`
	ZipCode            *string          `json:"zipCode"`
	Created            web.Timestamp    `json:"created"`
	CreatedBusiness    web.Timestamp    `json:"createdBusiness"`
	Modified           web.Timestamp    `json:"modified"`
	Email              *string          `json:"email"`
	EmailVerified      bool             `json:"emailVerified"`
	EmailValid         *bool            `json:"emailValid"`
	Phone              *string          `json:"phone"`
	PhoneNumber        *string          `json:"phoneNumber"`
	PhonePrefix        *string          `json:"phonePrefix"`
	PhoneVerified      bool             `json:"phoneVerified"`
	SignupMethod       string           `json:"signupMethod"`
	ExternalIdentityID *string          `json:"externalIdentityId"`
	Username           string           `json:"username"`
	Locked             bool             `json:"locked"`
	OrganizationCID    string           `json:"organizationCid"`
	LocationCID        *string          `json:"locationCid"`
	LocationName       *string          `json:"locationName"`
	System             *string          `json:"system"`
	Enabled            bool             `json:"enabled"`
	Type               string           `json:"type"`
	PersonalID         *string          `json:"personalId"`
	ExternalSource     string           `json:"externalSource"`
	LastLogin          *web.Timestamp   `json:"lastLogin"`
	Logins             int64            `json:"logins"`
	Language           *string          `json:"language"`
	SplashLanguage     *string          `json:"splashLanguage"`
	SegmentCIDs        string           `json:"segmentCids"`
	Segments           []contactSegment `json:"segments"`
	Policies           []contactPolicy  `json:"policies"`
	Custom             []customField    `json:"genericCustomField"`
	ExtID              externalIDs      `json:"extId"`
	Metrics            contactMetrics   `json:"metrics"`
}

type contactSegment struct {
	CID  string `json:"cid"`
	Name string `json:"name"`
}

type contactPolicy struct {
	Name     string        `json:"name"`
	Accepted bool          `json:"accepted"`
	Date     web.Timestamp `json:"date"`
	Version  *string       `json:"version"` // null for profiling and ppd, which have no text
}

type customField struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type externalIDs struct {
	ID    string `json:"id,omitempty"`
	Prop1 string `json:"prop1,omitempty"`
	Prop2 string `json:"prop2,omitempty"`
}

// contactMetrics is a contact's metrics with formatted times.
type contactMetrics struct {
	*onboarding.Metrics
	LastVisitDateUTC      *web.Timestamp `json:"lastVisitDateUtc"`
	LastVisitDateBusiness *web.Timestamp `json:"lastVisitDateBusiness"`
}

func wireMetrics(m *onboarding.Metrics) contactMetrics {
	w := contactMetrics{Metrics: m, LastVisitDateUTC: web.SecondsOrNull(m.LastVisitDateUTC)}
	if at := m.LastVisitDateBusiness; at != nil {
		w.LastVisitDateBusiness = new(web.Local(*at, at.Location()))
	}
	return w
}

// guest is the type of every person who signs up.
const guest = "guest"

func wireContact(c *contacts.Contact) contact {
	prefix, national := c.PhoneParts()
	w := contact{
		CID: c.ID, Title: web.OrNull(c.Title), FirstName: web.OrNull(c.FirstName), LastName: web.OrNull(c.LastName),
		Gender: web.OrNull(c.Gender),
		Age:    c.Age(), Country: web.OrNull(strings.ToLower(c.Country)), ZipCode: web.OrNull(c.ZipCode),
		Created: web.Seconds(c.Created), CreatedBusiness: web.Local(c.Created, c.Location.Zone()),
		Modified: web.Seconds(c.Modified),
		Email:    web.OrNull(c.Email), EmailVerified: c.EmailVerified,
		Phone: web.OrNull(c.Phone), PhoneNumber: web.OrNull(national), PhonePrefix: web.OrNull(prefix),
		PhoneVerified: c.PhoneVerified,
		SignupMethod:  string(c.SignupMethod), Username: c.Username, Locked: c.Locked, Enabled: !c.Locked,
		OrganizationCID: c.OrganizationID, LocationCID: web.OrNull(c.LocationID), System: web.OrNull(c.System()),
		Type:       guest,
		PersonalID: web.OrNull(c.Document.PersonalID), LastLogin: web.MillisOrNull(c.LastLogin), Logins: c.Logins,
		Language: web.OrNull(c.Language), ExternalSource: c.ExternalSource,
		SplashLanguage: web.OrNull(cmp.Or(c.BrowserLanguage, c.Language)),
		Segments:       make([]contactSegment, len(c.Segments)), Policies: make([]contactPolicy, len(c.Policies)),
		Custom: make([]customField, 0, len(c.Custom)), ExtID: externalIDs{c.ExtID, c.ExtProp1, c.ExtProp2},
		Metrics: wireMetrics(c.Metrics),
	}
	if year, day, known := strings.Cut(c.BirthDate, "-"); known {
		w.BirthDate, w.BirthDay = &year, &day
	}
	if c.Email != "" { // validated when it was stored
		w.EmailValid = new(true)
	}
	if c.Location != nil {
		w.LocationName = &c.Location.Name
	}
	ids := make([]string, len(c.Segments))
	for i, segment := range c.Segments {
		ids[i] = segment.ID
		w.Segments[i] = contactSegment{segment.ID, segment.Name}
	}
	w.SegmentCIDs = strings.Join(ids, ",")
	for i, p := range c.Policies {
		w.Policies[i] = contactPolicy{
			Name: p.Policy, Accepted: p.Accepted, Date: web.Millis(p.At), Version: web.OrNull(p.Version),
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Custom)) {
		w.Custom = append(w.Custom, customField{key, c.Custom[key]})
	}
	return w
}

// contact returns one contact.
func (s *Server) contact(c echo.Context) error {
	found, err := s.contacts.Contact(c.Request().Context(), web.CallerOf(c), web.Param(c, "id"))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, struct {
		Generated web.Timestamp `json:"generated"`
		Customer  contact       `json:"customer"`
	}{s.generatedSecond(), wireContact(found)})
}

// deleteContact deletes a contact; only anonymous counts remain.
func (s *Server) deleteContact(c echo.Context) error {
	if err := s.registration.Delete(c.Request().Context(), web.CallerOf(c), web.Param(c, "id")); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, s.contactsStamp())
}
