package server

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"onramp/onboarding"
)

// contact is a contact on the wire. What is not known is null; externalIdentityId and externalSource belong to sign-ups by way of others, of which there
// are none.
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
	Created            timestamp        `json:"created"`
	CreatedBusiness    timestamp        `json:"createdBusiness"`
	Modified           timestamp        `json:"modified"`
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
	LastLogin          *timestamp       `json:"lastLogin"`
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
	Name     string    `json:"name"`
	Accepted bool      `json:"accepted"`
	Date     timestamp `json:"date"`
	Version  *string   `json:"version"` // null of profiling and ppd, which have no text
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

// contactMetrics are a contact's metrics with their times in one form each.
type contactMetrics struct {
	*onboarding.Metrics
	LastVisitDateUTC      *timestamp `json:"lastVisitDateUtc"`
	LastVisitDateBusiness *timestamp `json:"lastVisitDateBusiness"`
}

func wireMetrics(m *onboarding.Metrics) contactMetrics {
	w := contactMetrics{Metrics: m, LastVisitDateUTC: secondsOrNull(m.LastVisitDateUTC)}
	if at := m.LastVisitDateBusiness; at != nil {
		w.LastVisitDateBusiness = new(business(*at, at.Location()))
	}
	return w
}

// guest is the type of everybody who registers by himself.
const guest = "guest"

func wireContact(c *onboarding.Contact) contact {
	prefix, national := c.PhoneParts()
	w := contact{
		CID: c.ID, Title: orNull(c.Title), FirstName: orNull(c.FirstName), LastName: orNull(c.LastName), Gender: orNull(c.Gender),
		Age: c.Age(), Country: orNull(strings.ToLower(c.Country)), ZipCode: orNull(c.ZipCode),
		Created: seconds(c.Created), CreatedBusiness: business(c.Created, c.Location.Zone()), Modified: seconds(c.Modified),
		Email: orNull(c.Email), EmailVerified: c.EmailVerified,
		Phone: orNull(c.Phone), PhoneNumber: orNull(national), PhonePrefix: orNull(prefix), PhoneVerified: c.PhoneVerified,
		SignupMethod: string(c.SignupMethod), Username: c.Username, Locked: c.Locked, Enabled: !c.Locked,
		OrganizationCID: c.OrganizationID, LocationCID: orNull(c.LocationID), System: orNull(c.System()), Type: guest,
		PersonalID: orNull(c.Document.PersonalID), LastLogin: millisOrNull(c.LastLogin), Logins: c.Logins,
		Language: orNull(c.Language), ExternalSource: c.ExternalSource, SplashLanguage: orNull(cmp.Or(c.BrowserLanguage, c.Language)),
		Segments: make([]contactSegment, len(c.Segments)), Policies: make([]contactPolicy, len(c.Policies)),
		Custom: make([]customField, 0, len(c.Custom)), ExtID: externalIDs{c.ExtID, c.ExtProp1, c.ExtProp2}, Metrics: wireMetrics(c.Metrics),
	}
	if year, day, known := strings.Cut(c.BirthDate, "-"); known {
		w.BirthDate, w.BirthDay = &year, &day
	}
	if c.Email != "" { // its syntax was checked when it was taken
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
		w.Policies[i] = contactPolicy{Name: p.Policy, Accepted: p.Accepted, Date: millis(p.At), Version: orNull(p.Version)}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Custom)) {
		w.Custom = append(w.Custom, customField{key, c.Custom[key]})
	}
	return w
}
