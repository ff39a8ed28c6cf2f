package contactsapi

import (
	"slices"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/importing"
	"onramp/onboarding/registration"
)

// contact holds the members of a contact that are taken over. The others are derived from
// connections, or belong to the other deployment.
type contact struct {
	CID            string   `json:"cid"`
	Title          string   `json:"title"`
	FirstName      string   `json:"firstName"`
	LastName       string   `json:"lastName"`
	Gender         string   `json:"gender"`
	BirthDate      string   `json:"birthDate"` // the year
	BirthDay       string   `json:"birthDay"`  // month and day
	Country        string   `json:"country"`
	ZipCode        string   `json:"zipCode"`
	Created        string   `json:"created"`
	Email          string   `json:"email"`
	EmailVerified  *bool    `json:"emailVerified"`
	Phone          string   `json:"phone"`
	PhoneVerified  *bool    `json:"phoneVerified"`
	SignupMethod   string   `json:"signupMethod"`
	Username       string   `json:"username"`
	Locked         bool     `json:"locked"`
	LocationCID    string   `json:"locationCid"`
	LocationName   string   `json:"locationName"`
	System         string   `json:"system"`
	PersonalID     string   `json:"personalId"`
	Language       string   `json:"language"`
	SplashLanguage string   `json:"splashLanguage"`
	Policies       []policy `json:"policies"`
	Custom         []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"genericCustomField"`
	ExtID struct {
		ID    string `json:"id"`
		Prop1 string `json:"prop1"`
		Prop2 string `json:"prop2"`
	} `json:"extId"`
}

type policy struct {
	Name     string `json:"name"`
	Accepted bool   `json:"accepted"`
	Date     string `json:"date"`
	Version  string `json:"version"`
}

// record returns the import record of a contact. position is that among the contacts read.
func (c *contact) record(position int, config *Config) *importing.Record {
	r := &importing.Record{Line: position, Field: memberOf}
	in := &r.Row.Input
	if c.CID == "" || len(c.CID) > onboarding.MaxName {
		r.Broken.Refuse("cid", "is missing or too long")
		return r
	}
	r.Row.Key = "cid " + c.CID
	for _, text := range []struct {
		value string
		to    **string
	}{
		{c.Title, &in.Title}, {c.FirstName, &in.FirstName}, {c.LastName, &in.LastName}, {c.Gender, &in.Gender},
		{strings.ToUpper(c.Country), &in.Country}, {c.ZipCode, &in.ZipCode}, {c.Email, &in.Email},
		{c.Phone, &in.PhoneNumber}, {c.Username, &in.Username}, {c.Language, &in.Language},
		{c.ExtID.ID, &in.ExtID}, {c.ExtID.Prop1, &in.ExtProp1}, {c.ExtID.Prop2, &in.ExtProp2},
	} {
		if text.value != "" {
			*text.to = &text.value
		}
	}
	if c.BirthDate != "" && c.BirthDay != "" {
		in.BirthDate = new(c.BirthDate + "-" + c.BirthDay)
	}
	if c.SplashLanguage != c.Language && c.SplashLanguage != "" {
		in.BrowserLanguage = &c.SplashLanguage
	}
	if c.PersonalID != "" {
		in.Document = &registration.IdentityDocumentInput{PersonalID: &c.PersonalID}
	}
	if c.Email != "" {
		in.EmailVerified = c.EmailVerified
	}
	if c.Phone != "" {
		in.PhoneVerified = c.PhoneVerified
	}
	if c.Locked {
		in.Lock = &c.Locked
	}
	for _, field := range c.Custom {
		if in.Custom == nil {
			in.Custom = map[string]string{}
		}
		in.Custom[field.Key] = field.Value
	}
	c.setOrigin(r)
	c.setLocation(r, config)
	c.setConsents(r, config)
	return r
}

// setOrigin sets the time, the channel and the system of the registration.
func (c *contact) setOrigin(r *importing.Record) {
	if c.Created != "" {
		r.Row.Created = instant(r, "created", c.Created)
	}
	channel := onboarding.Channel(c.SignupMethod)
	if slices.Contains([]onboarding.Channel{onboarding.ChannelApp, onboarding.ChannelAPI, onboarding.ChannelPortal},
		channel) {
		r.Row.SignupMethod = channel
	}
	derived := onboarding.Customer{SignupMethod: channel}
	if c.System != "" && c.System != derived.System() {
		r.Row.Input.Source = &c.System
	}
}

// setLocation sets the location with the ID, or else the name, of the contact's.
func (c *contact) setLocation(r *importing.Record, config *Config) {
	if c.LocationCID == "" && c.LocationName == "" || config.Organization.Location(c.LocationCID) != nil {
		if c.LocationCID != "" {
			r.Row.Input.LocationID = &c.LocationCID
		}
		return
	}
	for i := range config.Organization.Locations {
		if l := &config.Organization.Locations[i]; l.Name == c.LocationName {
			r.Row.Input.LocationID = &l.ID
			return
		}
	}
	if !config.DefaultLocation {
		r.Row.Input.Unread.Refuse("locationName",
			"the organization has no location of the name "+onboarding.CutText(c.LocationName, 64))
	}
}

// setConsents sets the decisions. One on a policy that the organization does not declare would be
// lost, and is refused unless it is to be left out.
func (c *contact) setConsents(r *importing.Record, config *Config) {
	for i := range c.Policies {
		p := &c.Policies[i]
		if slices.Contains(config.WithoutPolicies, p.Name) {
			continue
		}
		field := "policies." + p.Name
		if !config.Organization.KnowsPolicy(p.Name) {
			r.Row.Input.Unread.Refuse(onboarding.CutText(field, onboarding.MaxName),
				"not a policy of this organization")
			continue
		}
		consent := registration.ImportedConsent{
			Policy: p.Name, Accepted: p.Accepted, Version: p.Version, Place: c.SignupMethod + " of " + config.URL,
		}
		if err := onboarding.CheckText("version", p.Version, onboarding.MaxName); err != nil {
			r.Row.Input.Unread.Refuse(field+".version", "is no text of a version")
		}
		if p.Date != "" {
			consent.At = instant(r, field+".date", p.Date)
		}
		r.Row.Consents = append(r.Row.Consents, consent)
	}
}

// instant returns a time, or adds a fault.
func instant(r *importing.Record, field, text string) time.Time {
	at, err := onboarding.ParseTime(field, text)
	if err != nil {
		r.Row.Input.Unread.Refuse(field, "not a time like 2022-07-08T08:08:44Z")
	}
	return at
}

// memberOf returns the contact's name of a customer's member.
func memberOf(member string) string {
	switch member {
	case "phoneNumber":
		return "phone"
	case "browserLanguage":
		return "splashLanguage"
	case "document.personalId":
		return "personalId"
	case "extId", "extProp1", "extProp2":
		return map[string]string{"extId": "extId.id", "extProp1": "extId.prop1", "extProp2": "extId.prop2"}[member]
	case "source":
		return "system"
	}
	return member
}
