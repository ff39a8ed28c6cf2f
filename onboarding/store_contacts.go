package onboarding

import (
	"context"
	"reflect"
	"time"
)

// ContactFilter says which of an organization's customers are meant: those for whom everything holds that it names. nil and empty
// members name nothing. The json tags are its form within a scroll.
type ContactFilter struct {
	// The equalities, of which each has an index.
	Email    string `json:"em,omitempty"` // compared by EmailKey
	Phone    string `json:"ph,omitempty"` // one that PhonesMeant takes
	Username string `json:"un,omitempty"`
	ExtID    string `json:"x,omitempty"`
	ExtProp1 string `json:"x1,omitempty"`
	ExtProp2 string `json:"x2,omitempty"`

	HasEmail      *bool `json:"he,omitempty"`
	EmailVerified *bool `json:"ev,omitempty"`
	HasPhone      *bool `json:"hp,omitempty"`
	PhoneVerified *bool `json:"pv,omitempty"`
	// Any of each list.
	SignupMethods []Channel `json:"sm,omitempty"`
	LocationIDs   []string  `json:"lo,omitempty"`
	SegmentIDs    []string  `json:"se,omitempty"`
	// Instants, inclusive.
	CreatedFrom  *time.Time `json:"cf,omitempty"`
	CreatedTo    *time.Time `json:"ct,omitempty"`
	ModifiedFrom *time.Time `json:"mf,omitempty"`
	ModifiedTo   *time.Time `json:"mt,omitempty"`
	// Opt-ins by policy key: true for who has accepted, false for everybody else (refused, revoked or never asked).
	OptIns map[string]bool `json:"oi,omitempty"`
}

// Empty reports whether the filter names nothing.
func (f *ContactFilter) Empty() bool { return reflect.ValueOf(*f).IsZero() }

// ContactOrder is what contacts are ordered by. Texts are ordered by their UTF-8 bytes, false before true, and who has no value comes last in either
// direction; equals are ordered by ascending ID in either direction.
type ContactOrder string

const (
	ByID                 ContactOrder = ""
	ByFirstName          ContactOrder = "firstName"
	ByLastName           ContactOrder = "lastName"
	ByGender             ContactOrder = "gender"
	ByBirthDate          ContactOrder = "birthDate"
	ByCountry            ContactOrder = "country"
	ByCreated            ContactOrder = "created"
	ByModified           ContactOrder = "modified"
	ByEmail              ContactOrder = "email" // without regard to case
	ByEmailVerified      ContactOrder = "emailVerified"
	ByPhone              ContactOrder = "phone"
	ByPhoneVerified      ContactOrder = "phoneVerified"
	ByUsername           ContactOrder = "username"
	BySignupMethod       ContactOrder = "signupMethod"
	ByLocationName       ContactOrder = "locationName"
	BySystem             ContactOrder = "source"
	ByLocked             ContactOrder = "locked"
	ByMktgCommunications ContactOrder = "mktgCommunications"
	ByAgeVerification    ContactOrder = "ageVerification"
	ByTotalVisits        ContactOrder = "totalVisits"
	ByVisitedLocations   ContactOrder = "visitedLocations"
)

// ContactPosition is a place in an order: the value of a contact by which contacts are ordered, nil if it has none, and its ID. What it says
// does not depend on whether the contact is still there.
type ContactPosition struct {
	Value *string `json:"v,omitempty"` // a text as it is, a number in decimal, a yes or no as true or false
	ID    string  `json:"i"`
}

// ContactQuery asks for one page.
type ContactQuery struct {
	OrganizationID string
	Filter         ContactFilter
	Order          ContactOrder
	Reverse        bool
	After          *ContactPosition // nil: from the beginning
	Limit          int
	// Matches is how many contacts the filter holds for, roughly. It changes nothing but how they are looked for.
	Matches int
}

// ContactReader reads customers as operators see them.
type ContactReader interface {
	CountContacts(ctx context.Context, organizationID string, f *ContactFilter) (int, error)
	// Contacts returns a page, and the position of its last contact; that is nil when there are no further ones. A contact that is there
	// throughout a scroll, matches throughout and keeps its value comes exactly once, whatever others do meanwhile.
	Contacts(ctx context.Context, q *ContactQuery) ([]*Customer, *ContactPosition, error)

	// CurrentConsentsOf returns the latest entry a policy, ordered by policy key, of each of the customers, by customer ID, in one statement
	// however many they are.
	CurrentConsentsOf(ctx context.Context, customerIDs []string) (map[string][]Consent, error)
}

// DeviceGuid is a device's proof, without the proof.
type DeviceGuid struct {
	Hash      string
	Added     time.Time
	Confirmed time.Time // when the device last proved the credential: by user name and password, or by a link
	Ended     bool      // the credential has been replaced since
}

// RecordReader reads what else is kept about one customer, for whoever asks what that is. Everything is ordered from old to new.
type RecordReader interface {
	DeviceGuids(ctx context.Context, customerID string) ([]DeviceGuid, error)
	LinksOf(ctx context.Context, customerID string) ([]*Link, error)
	DisconnectsOf(ctx context.Context, customerID string) ([]*Disconnect, error)
}

// ContactWriter ends what is kept about a customer.
type ContactWriter interface {
	// DeleteCustomer removes the organization's customer with everything that is his, and what stays tells no more whose it was: consents get the
	// alias for customer ID and lose address and agent, connections and events have no customer. ErrNotFound if there is none.
	DeleteCustomer(ctx context.Context, organizationID, id, alias string) error
	// MinimiseCustomer removes what is kept about the customer beside his row, credential, guids, activation links and consents, and what of
	// connections that have ended tells whose they were.
	MinimiseCustomer(ctx context.Context, id string) error
}
