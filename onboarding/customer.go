package onboarding

import (
	"strings"
	"time"
)

// Customer is a person registered with one organization. The mobile API calls it a customer, the
// operators' API a contact.
type Customer struct {
	ID             string
	OrganizationID string
	LocationID     string
	HotspotID      string // empty when unknown
	Username       string // unique in the deployment, compared exactly

	Attributes

	Profiling *bool // nil: not asked
	PPD       *bool // processing of personal data; nil: not asked
	// OptIns is the latest decision on each other revocable policy. It copies the consent ledger
	// for searches. The map is replaced, never changed.
	OptIns map[string]bool
	Locked bool
	Source string
	// SignupMethod is the channel of the registration: app, api or portal.
	SignupMethod Channel
	// Kiosk is set when an operator's kiosk registered the customer and fetched the profile.
	Kiosk     bool
	Created   time.Time
	Modified  time.Time
	LastLogin *time.Time
	Logins    int64
}

// Profiled reports whether metrics and behavioural events of the customer may be computed and
// shown.
func (c *Customer) Profiled() bool {
	return c.Profiling != nil && *c.Profiling && c.PPD != nil && *c.PPD
}

// Minimised reports whether the customer refused the processing of personal data. Only
// identifier, user name, credential, consents, language and country of such a customer are kept.
func (c *Customer) Minimised() bool { return c.PPD != nil && !*c.PPD }

// Minimise clears the fields that need consent to the processing of personal data. It keeps the
// identifier, user name, credential, lock, consents, language and country, and the time and channel
// of the registration, which the consents need.
func (c *Customer) Minimise() {
	c.Attributes = Attributes{Language: c.Language, Country: c.Country}
	c.LocationID, c.HotspotID, c.Source = "", "", ""
	c.LastLogin = nil
	c.Logins = 0
	c.Kiosk = false
}

// Attributes are the personal details of a customer. An empty field is unknown.
type Attributes struct {
	FirstName, LastName, Title string
	Email                      string
	EmailVerified              bool   // verified by us or by the organization
	EmailClaimed               *bool  // the unchecked statement of a publicApp
	Phone                      string // E.164
	PhoneVerified              bool
	PhoneClaimed               *bool
	Gender                     string // male, female, other
	BirthDate                  string // YYYY-MM-DD
	Language                   string // ISO 639-1
	Country                    string // ISO 3166-1 alpha-2, upper case
	ZipCode                    string
	CompanyName, CivilStatus   string
	Document                   StoredDocument
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

// StoredDocument is a document as the database holds it: sealed, or in clear, the form of the
// version before (see SettingDocuments). Package identity reads and writes both. If both are set,
// Clear is valid: only the version before, which does not know Sealed, leaves such a row.
type StoredDocument struct {
	Clear  Document
	Sealed Sealed // of the document as JSON, for DocumentPurpose
}

// IsZero reports whether there is no document.
func (d *StoredDocument) IsZero() bool { return d.Clear == (Document{}) && d.Sealed.KeyID == "" }

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

// The systems of registration, for customers whose request named none.
const (
	SystemApp    = "mobileapp"
	SystemPortal = "splashportal"
	SystemAPI    = "api"
	SystemKiosk  = "kiosk"
)

// System returns the system that registered the customer: the source named by the request, or
// else one derived from the channel. The store orders contacts by the same value.
func (c *Customer) System() string {
	switch {
	case c.Minimised():
		return ""
	case c.Source != "":
		return c.Source
	case c.Kiosk:
		return SystemKiosk
	case c.SignupMethod == ChannelApp:
		return SystemApp
	case c.SignupMethod == ChannelPortal:
		return SystemPortal
	}
	return string(c.SignupMethod)
}

// AtKiosk reports whether a profile of this customer fetched by an operator is fetched at a
// kiosk.
func (c *Customer) AtKiosk() bool { return c.SignupMethod == ChannelAPI && !c.Kiosk && !c.Minimised() }
