package onboarding

import (
	"strings"
	"time"
)

// Customer is a person who registered with one organization. Both APIs show it: as customer to the mobile SDK, as
// contact to operators.
type Customer struct {
	ID             string
	OrganizationID string
	LocationID     string
	HotspotID      string // empty when unknown
	Username       string // unique in the deployment, compared exactly

	Attributes

	Profiling *bool // nil: not said
	PPD       *bool // processing of personal data; nil: not said
	// OptIns is the latest word on each other policy that may be revoked, as the ledger has it: a copy that contacts are searched by. The map
	// is replaced, never changed.
	OptIns map[string]bool
	Locked bool
	Source string
	// SignupMethod says how the customer came: app, api or portal.
	SignupMethod Channel
	// Kiosk is set when an operator's kiosk, which registered the customer, fetched the profile.
	Kiosk     bool
	Created   time.Time
	Modified  time.Time
	LastLogin *time.Time
	Logins    int64
}

// Profiled reports whether metrics and behavioural events may be computed and shown.
func (c *Customer) Profiled() bool {
	return c.Profiling != nil && *c.Profiling && c.PPD != nil && *c.PPD
}

// Minimised reports whether the customer refused the processing of personal data, so that only identifier, user name,
// credential, consents, language and country are kept.
func (c *Customer) Minimised() bool { return c.PPD != nil && !*c.PPD }

// Attributes are what a customer tells about himself. Empty means unknown.
type Attributes struct {
	FirstName, LastName, Title string
	Email                      string
	EmailVerified              bool   // our or the organization's verification
	EmailClaimed               *bool  // what a publicApp said of it
	Phone                      string // E.164
	PhoneVerified              bool
	PhoneClaimed               *bool
	Gender                     string // male, female, other
	BirthDate                  string // YYYY-MM-DD
	Language                   string // ISO 639-1
	Country                    string // ISO 3166-1 alpha-2, upper case
	ZipCode                    string
	CompanyName, CivilStatus   string
	Document                   Document
	ExtID, ExtProp1, ExtProp2  string
	Custom                     map[string]string
	BrowserLanguage            string
}

// Document is an identity or membership document.
type Document struct {
	MemberID       string `json:"memberId,omitempty"`
	Number         string `json:"number,omitempty"`
	PersonalID     string `json:"personalId,omitempty"`
	PassportNumber string `json:"passportNumber,omitempty"`
	Type           string `json:"type,omitempty"`
}

func ParseGender(field, text string) (string, error) {
	switch strings.ToLower(text) {
	case "m", "male":
		return "male", nil
	case "f", "female":
		return "female", nil
	case "o", "other":
		return "other", nil
	}
	return "", InvalidField(field, "not M, F, O, male, female or other")
}

func ParseBirthDate(field, text string) (string, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return "", InvalidField(field, "not a date YYYY-MM-DD")
	}
	if day.Year() < 1900 || day.After(time.Now()) {
		return "", InvalidField(field, "not a date of birth")
	}
	return text, nil
}
