package onboarding

import (
	"context"
	"reflect"
	"time"
)

// ContactFilter selects customers of an organization: those that match every given field. nil and
// empty fields are not given. The json tags are its form within a cursor.
type ContactFilter struct {
	// Search is a text in the form of terms.Canonical. Every word of it must be the beginning of a
	// name, the e-mail address, the phone number, the user name or the address of a station.
	Search string `json:"q,omitempty"`
	// Equalities; each has an index.
	Email    string `json:"em,omitempty"` // compared by EmailKey
	Phone    string `json:"ph,omitempty"` // a number that PhonesMeant accepts
	Username string `json:"un,omitempty"`
	ExtID    string `json:"x,omitempty"`
	ExtProp1 string `json:"x1,omitempty"`
	ExtProp2 string `json:"x2,omitempty"`

	HasEmail      *bool `json:"he,omitempty"`
	EmailVerified *bool `json:"ev,omitempty"`
	HasPhone      *bool `json:"hp,omitempty"`
	PhoneVerified *bool `json:"pv,omitempty"`
	// A value matches if it is in the list.
	SignupMethods []Channel `json:"sm,omitempty"`
	LocationIDs   []string  `json:"lo,omitempty"`
	SegmentIDs    []string  `json:"se,omitempty"`
	// Instants, inclusive.
	CreatedFrom  *time.Time `json:"cf,omitempty"`
	CreatedTo    *time.Time `json:"ct,omitempty"`
	ModifiedFrom *time.Time `json:"mf,omitempty"`
	ModifiedTo   *time.Time `json:"mt,omitempty"`
	// Opt-ins by policy key: true selects customers who have accepted, false all others (refused,
	// revoked or never asked).
	OptIns map[string]bool `json:"oi,omitempty"`
}

// Empty reports whether no field is given.
func (f *ContactFilter) Empty() bool { return reflect.ValueOf(*f).IsZero() }

// ContactOrder is a sort key of contacts. Texts are ordered by their UTF-8 bytes, false before
// true. Contacts without a value come last in both directions, and equals are ordered by
// ascending ID in both directions.
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
	ByEmail              ContactOrder = "email" // ignoring case
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

// ContactPosition is a position in an order: the sort value of a contact, nil if it has none, and
// its ID. It remains valid when the contact is deleted.
type ContactPosition struct {
	Value *string `json:"v,omitempty"` // text as is, a number in decimal, a boolean as true or false
	ID    string  `json:"i"`
}

// ContactQuery selects one page of contacts.
type ContactQuery struct {
	OrganizationID string
	Filter         ContactFilter
	Order          ContactOrder
	Reverse        bool
	After          *ContactPosition // nil: from the beginning
	Limit          int
	// Matches is the approximate number of contacts that match the filter. It affects only the
	// query plan.
	Matches int
}

// ContactReader reads customers for operators.
type ContactReader interface {
	CountContacts(ctx context.Context, organizationID string, f *ContactFilter) (int, error)
	// Contacts returns a page and the position of its last contact, nil after the last page. A
	// contact that exists and matches throughout a scroll and does not change its sort value is
	// returned exactly once, regardless of concurrent changes.
	Contacts(ctx context.Context, q *ContactQuery) ([]*Customer, *ContactPosition, error)

	// CurrentConsentsOf returns the latest consent per policy, ordered by policy key, of each
	// customer, by customer ID. It is one statement for any number of customers.
	CurrentConsentsOf(ctx context.Context, customerIDs []string) (map[string][]Consent, error)
}

// SettingTerms is the setting with the state of the search terms: whether each customer has them.
// A new database begins with TermsComplete.
const (
	SettingTerms  = "search-terms"
	TermsComplete = "complete"
)

// TermWriter writes the terms of customers that the version before wrote. InsertCustomer and
// UpdateCustomer write those of their customer.
type TermWriter interface {
	// FillTerms writes the terms of up to limit customers without them, or changed since, and
	// returns their number and whether no such customer is left. It skips customers that another
	// transaction changes.
	FillTerms(ctx context.Context, limit int) (filled int, last bool, err error)
}

// ContactCounter keeps the counts of contacts fast; they are right without it.
type ContactCounter interface {
	// FoldContactCounts adds up to limit changes of the numbers of contacts to their sums, and
	// returns the number of changes.
	FoldContactCounts(ctx context.Context, limit int) (int, error)
}

// DeviceGuid describes a guid without revealing it.
type DeviceGuid struct {
	Hash  string
	Added time.Time
	// Confirmed is the last time at which the device proved the credential, by user name and
	// password or by a link.
	Confirmed time.Time
	Ended     bool // the credential has been replaced since
}

// RecordReader reads the remaining data about one customer, for the export of personal data.
// Results are ordered oldest first.
type RecordReader interface {
	DeviceGuids(ctx context.Context, customerID string) ([]DeviceGuid, error)
	LinksOf(ctx context.Context, customerID string) ([]*Link, error)
	DisconnectsOf(ctx context.Context, customerID string) ([]*Disconnect, error)
}

// ContactWriter deletes data about a customer.
type ContactWriter interface {
	// DeleteCustomer deletes the organization's customer and all data about the person. Every
	// link to the person is erased: consents get the alias in place of the customer ID and lose
	// address and agent; connections and events lose their customer. ErrNotFound if the customer
	// does not exist.
	DeleteCustomer(ctx context.Context, organizationID, id, alias string) error
	// MinimiseCustomer deletes all data about the customer except its row, credential, guids,
	// links and consents, and makes connections that have ended anonymous.
	MinimiseCustomer(ctx context.Context, id string) error
}

// TombstoneKind is the erasure that a tombstone records.
type TombstoneKind string

const (
	TombstoneDeleted   TombstoneKind = "deleted"
	TombstoneMinimised TombstoneKind = "minimised" // the customer refused the processing of personal data
)

// Tombstone records the erasure of a person's data without the person's name. Hash is a keyed hash
// of the customer's ID. Occurrence distinguishes the minimisations of a customer; a deletion has
// none.
type Tombstone struct {
	Kind       TombstoneKind
	Hash       string // 32 hex digits
	Occurrence string // 16 hex digits, or empty
}

// CustomerKey is the key of a customer's row. A retired customer has no OrganizationID.
type CustomerKey struct{ ID, OrganizationID string }

// TombstoneReader reads tombstones, and the customers whom they may concern.
type TombstoneReader interface {
	// Tombstones returns up to limit tombstones after one, ordered by Hash and Occurrence.
	Tombstones(ctx context.Context, after Tombstone, limit int) ([]Tombstone, error)
	CountTombstones(ctx context.Context) (int64, error)
	// CustomerKeys returns up to limit customers of all organizations after an ID, ordered by ID.
	CustomerKeys(ctx context.Context, afterID string, limit int) ([]CustomerKey, error)
}

// TombstoneWriter writes tombstones.
type TombstoneWriter interface {
	// InsertTombstones stores tombstones. One that exists is left as it is.
	InsertTombstones(ctx context.Context, added ...Tombstone) error
}
