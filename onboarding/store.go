package onboarding

import (
	"context"
	"onramp/onboarding/auth"
	"time"
)

// The most that is kept of one customer, so that a proof of one does not fill the database. Where the newest matters most, the oldest makes room:
// a person whose 51st phone reports is not turned away.
const (
	MaxGuids         = 20       // the one that was confirmed least recently makes room
	MaxDevices       = 50       // the one that was seen least recently makes room
	MaxInstallations = 200      // the next is a Conflict
	MaxAttributes    = 16 << 10 // bytes of all texts; more is a Conflict
	MaxCustomerLinks = 50       // of an hour or less; the oldest makes room
)

// CapWriter keeps a customer's rows within bounds. What is over by much, as it is of a customer of an earlier version, is deleted
// by the hundred: others wait.
type CapWriter interface {
	// TrimDevices deletes those of the customer's devices that are beyond most, except the one just written.
	TrimDevices(ctx context.Context, customerID, written string, most int) error
	// TrimGuids deletes those of the customer's guids that are beyond most, except the one just written.
	TrimGuids(ctx context.Context, customerID, written string, most int) error
	// TrimLinks deletes those of the customer's links of an hour or less that are beyond most, the oldest first.
	TrimLinks(ctx context.Context, customerID string, most int) error
	// CountInstallations counts the customer's, up to most.
	CountInstallations(ctx context.Context, customerID string, most int) (int, error)
	// CountConsents counts the lines of the customer's ledger after since, up to most.
	CountConsents(ctx context.Context, customerID string, since time.Time, most int) (int, error)
}

// Store keeps what Onramp knows. Every obligation here is checked by onboarding/storetest on each engine.
//
// Reads see the last committed state and never wait for the writer. A resource that is not there is ErrNotFound.
// Instants are kept to the microsecond and come back in UTC. Identifiers and user names are compared byte by byte.
type Store interface {
	Reader
	Writer
	// Ping tells whether the store can answer, and with the schema this binary needs.
	Ping(ctx context.Context) error
	Close() error
}

// Writer runs transactions.
type Writer interface {
	// Write runs fn in one transaction and returns nil only when what it did is durable: it survives kill -9 and power loss. If fn returns
	// an error, nothing of it is kept and that error is returned, unchanged. A full queue is ErrBusy, and nothing was written.
	//
	// fn may run more than once (the engine may abort and repeat a transaction), so it must not change anything but
	// through tx, nor keep what it read from a previous run. It should not do slow work: others wait.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

// Tx reads its own writes. A write that breaks a uniqueness rule returns an *Error of kind Conflict naming the field, either at once
// or from Store.Write.
type Tx interface {
	Reader
	OrganizationWriter
	KeyWriter
	SecretWriter
	CustomerWriter
	ProofWriter
	ConsentWriter
	DeviceWriter
	InstallationWriter
	LinkWriter
	ResumeWriter
	EventWriter
	IdempotencyWriter
	AccountingWriter
	MetricsWriter
	SegmentWriter
	ExpiryWriter
	ContactWriter
	BudgetWriter
	CapWriter
	DeletionWriter
}

// Reader is every reading interface.
type Reader interface {
	OrganizationReader
	KeyReader
	SecretReader
	CustomerReader
	ProofReader
	ConsentReader
	DeviceReader
	InstallationReader
	LinkReader
	ResumeReader
	IdempotencyReader
	AccountingReader
	MetricsReader
	EventReader
	SegmentReader
	ContactReader
	RecordReader
}

// OrganizationReader reads tenants. The Organization returned may be shared between callers: it must not be changed.
type OrganizationReader interface {
	Organization(ctx context.Context, id string) (*Organization, error)
	// Organizations returns all, ordered by ID.
	Organizations(ctx context.Context) ([]*Organization, error)
	// RealmOwner returns the ID of the organization to which the realm (lower case) belongs.
	RealmOwner(ctx context.Context, realm string) (string, error)
	// LocationHasCustomers reports whether any customer belongs to the location.
	LocationHasCustomers(ctx context.Context, organizationID, locationID string) (bool, error)
	// UsernameWithRealm reports whether any customer's user name ends in "@" and the realm, in any case.
	UsernameWithRealm(ctx context.Context, realm string) (bool, error)
}

// OrganizationWriter writes tenants.
type OrganizationWriter interface {
	// PutOrganization creates or replaces the whole organization. It is a Conflict when one of its locations, hotspots, hotspot
	// addresses or realms belongs to another organization.
	PutOrganization(ctx context.Context, o *Organization) error
}

// KeyReader reads client keys.
type KeyReader interface {
	ServiceKeyByClientKey(ctx context.Context, clientKey string) (*ServiceKey, error)
	ServiceKey(ctx context.Context, id string) (*ServiceKey, error)
	// ServiceKeys returns the organization's keys, or everybody's when the ID is empty, oldest first.
	ServiceKeys(ctx context.Context, organizationID string) ([]*ServiceKey, error)
	// TokenRevoked reports whether the token, or the key that it was issued to, is revoked (or that key is unknown). A token whose revocation
	// may have been dropped by a sweep after its login is revoked: that sweep's clock may have been wrong. It is asked at each request.
	TokenRevoked(ctx context.Context, p *auth.Principal) (bool, error)
	// TokenEpoch returns the number of the last sweep that dropped revocations, 0 for none.
	TokenEpoch(ctx context.Context) (int64, error)
}

// KeyWriter writes client keys.
type KeyWriter interface {
	InsertServiceKey(ctx context.Context, k *ServiceKey) error
	// RevokeServiceKey revokes a key; again is no error and keeps the first time. ErrNotFound if there is none.
	RevokeServiceKey(ctx context.Context, clientKey string, at time.Time) error
	// RevokeToken remembers the token as revoked, at least until it expires.
	RevokeToken(ctx context.Context, tokenID string, expires time.Time) error
}

// SecretReader reads the deployment's own sealed secrets (JWT keys, the scroll's key ...) and plain settings (deployment ID,
// master key ID, the AAA URL of the last serve).
type SecretReader interface {
	Secret(ctx context.Context, name string) (Sealed, error)
	Setting(ctx context.Context, name string) (string, error)
}

// SecretWriter writes them.
type SecretWriter interface {
	// InsertSecret keeps the first value: a Conflict when the name is taken.
	InsertSecret(ctx context.Context, name string, value Sealed) error
	PutSetting(ctx context.Context, name, value string) error
	// HoldsSealed reports whether anything in the database is sealed under a master key.
	HoldsSealed(ctx context.Context) (bool, error)
}

// Match names customers by what identifies them; empty members do not count.
type Match struct {
	ID       string
	Username string
	Email    string // compared by EmailKey
	Phone    string // one that PhonesMeant takes
	ExtID    string
	ExtProp1 string
	ExtProp2 string
	GuidHash string // finds those of whom it is a proof now
	// VerifiedOnly lets Email and Phone count only for customers of whom they are verified, and the other members not at all.
	VerifiedOnly bool
}

// CustomerReader reads customers and credentials.
type CustomerReader interface {
	// Customer returns the organization's customer; another organization's is ErrNotFound.
	Customer(ctx context.Context, organizationID, id string) (*Customer, error)
	// MatchAll returns up to limit of the organization's customers for whom all given members hold.
	MatchAll(ctx context.Context, organizationID string, m Match, limit int) ([]*Customer, error)
	// MatchAny returns up to limit of the organization's customers for whom any given member holds.
	MatchAny(ctx context.Context, organizationID string, m Match, limit int) ([]*Customer, error)
	Credential(ctx context.Context, customerID string) (*Credential, error)
}

// CustomerWriter writes customers and credentials.
type CustomerWriter interface {
	// InsertCustomer is a Conflict on the field "username" when the user name is taken anywhere in the deployment.
	InsertCustomer(ctx context.Context, c *Customer) error
	// UpdateCustomer replaces every member except ID, organization, user name, source, signup method and creation time.
	UpdateCustomer(ctx context.Context, c *Customer) error
	InsertCredential(ctx context.Context, c *Credential) error
	// UpdateCredential replaces password, creation and end. Another creation is another generation: proofs and links of the one before end.
	UpdateCredential(ctx context.Context, c *Credential) error
}

// ConsentReader reads the ledger.
type ConsentReader interface {
	// Consents returns the customer's whole ledger, oldest first.
	Consents(ctx context.Context, customerID string) ([]Consent, error)
	// CurrentConsents returns the latest entry a policy, ordered by policy key.
	CurrentConsents(ctx context.Context, customerID string) ([]Consent, error)
}

// ConsentWriter appends to it.
type ConsentWriter interface {
	AppendConsents(ctx context.Context, consents []Consent) error
}

// DeviceReader reads the phones that apps told us of.
type DeviceReader interface {
	// Devices returns the customer's devices, oldest first.
	Devices(ctx context.Context, customerID string) ([]*Device, error)
}

// DeviceWriter writes them.
type DeviceWriter interface {
	// PutDevice creates or updates the device with that InstallID: members that are empty or nil keep what was stored.
	PutDevice(ctx context.Context, d *Device) error
}

// InstallationReader reads installations.
type InstallationReader interface {
	// Installations returns the customer's, oldest first.
	Installations(ctx context.Context, customerID string) ([]*Installation, error)
}

// InstallationWriter writes installations.
type InstallationWriter interface {
	// PutInstallation records i unless the same claim (customer, platform, type, InstalledBy, Installed) stands; it returns the ID of
	// the one that stands and whether it is new.
	PutInstallation(ctx context.Context, i *Installation) (id string, isNew bool, err error)
	// RemoveInstallation sets Removed, once: again keeps the first time and is no error. ErrNotFound if the customer has none with that ID.
	RemoveInstallation(ctx context.Context, customerID, id string, at time.Time) error
}

// LinkReader reads activation links.
type LinkReader interface {
	// Link returns a link; MaxHits and Hits are those of the link whose hits it shares, where it does. Ended is set when the credential
	// has been replaced since the link was made.
	Link(ctx context.Context, tokenHash string) (*Link, error)
}

// LinkWriter writes them.
type LinkWriter interface {
	// InsertLink keeps a link for the customer's credential as it now is, or as it was for the link whose hits it shares.
	InsertLink(ctx context.Context, a *Link) error
	// EndLinks lets the customer's links that have not expired at now expire then.
	EndLinks(ctx context.Context, customerID string, now time.Time) error
	// CountHit adds one hit if the link, or the one whose hits it shares, has one left, has not expired at now and has not ended; it reports
	// whether it did. Of any number of concurrent calls exactly as many succeed as there are hits left.
	CountHit(ctx context.Context, tokenHash string, now time.Time) (bool, error)
}

// EventWriter appends to the history.
type EventWriter interface {
	AppendEvents(ctx context.Context, events []Event) error
}

// Idempotency is the remembered first answer to a request that carried an Idempotency-Key.
type Idempotency struct {
	ServiceID   string
	Key         string // as the client sent it, at most 255 bytes
	GuidHash    string
	RequestHash string
	CustomerID  string
	Answer      Sealed // JSON of the first answer
	Created     bool   // whether the first answer was a creation
	Expires     time.Time
}

// IdempotencyReader finds one that has not expired at now.
type IdempotencyReader interface {
	Idempotency(ctx context.Context, serviceID, key string, now time.Time) (*Idempotency, error)
	// CountIdempotency returns how many of the service's keys begin with the text, whose last character is a blank.
	CountIdempotency(ctx context.Context, serviceID, begin string) (int, error)
}

// IdempotencyWriter keeps one, replacing an expired one of the same service and key; a Conflict when one stands.
type IdempotencyWriter interface {
	InsertIdempotency(ctx context.Context, i *Idempotency, now time.Time) error
}

// ExpiryWriter drops what is of no more use.
type ExpiryWriter interface {
	// DeleteExpired deletes answers to repeated requests, proofs by tokens and revocations of tokens that had expired at now, and activation links
	// (with their codes) that had expired at linksUntil. A token whose revocation is deleted stays revoked.
	DeleteExpired(ctx context.Context, now, linksUntil time.Time) error
}

// DeletionWriter deletes a customer to whom much belongs, portion by portion: others who write wait for one portion only.
type DeletionWriter interface {
	// Bloated reports whether more rows of one kind belong to the customer than one transaction should delete.
	Bloated(ctx context.Context, customerID string, most int) (bool, error)
	// RetireCustomer takes from the customer everything by which it is found, shown or let in. The row stays, of no organization, for
	// DeletePortion; alias becomes its user name, so that whoever goes on after a restart knows it.
	RetireCustomer(ctx context.Context, organizationID, id, alias string) error
	// DeletePortion deletes up to so many rows of each kind of a retired customer's, or takes from them whose they were. It reports whether
	// DeleteCustomer, with an empty organization, will find no more than that.
	DeletePortion(ctx context.Context, r RetiredCustomer, rows int) (last bool, err error)
	// RetiredCustomers returns up to limit of those whose deletion is under way.
	RetiredCustomers(ctx context.Context, limit int) ([]RetiredCustomer, error)
}

// RetiredCustomer is a customer whose deletion is under way. Alias takes the customer's place in the ledger of consents.
type RetiredCustomer struct{ ID, Alias string }

// Evidence is what a caller shows of a customer; an empty member proves nothing.
type Evidence struct {
	GuidHash string
	TokenID  string
	Now      time.Time // a token's proof ends with the token
}

// TokenProofs is how many customers one token proves: those that it created or checked last.
const TokenProofs = 3

// ProofReader reads what proves a customer. Guids and tokens prove the generation of the credential for which they were added or confirmed:
// once the credential is replaced (its creation differs) they prove nothing.
type ProofReader interface {
	// Proves reports whether the guid or the token proves the customer.
	Proves(ctx context.Context, customerID string, e Evidence) (bool, error)
	// MatchProven returns up to limit of the organization's customers whom the evidence proves and for whom any given member of m holds,
	// the newest first.
	MatchProven(ctx context.Context, organizationID string, m Match, e Evidence, limit int) ([]*Customer, error)
}

// ProofWriter writes it.
type ProofWriter interface {
	// AddGuid lets the hash prove the customer's credential as it now is, whether it is new or known.
	AddGuid(ctx context.Context, organizationID, customerID, guidHash string, at time.Time) error
	// RemoveGuid ends a guid. ErrNotFound if the customer has none with that hash.
	RemoveGuid(ctx context.Context, customerID, guidHash string) error
	// AddTokenProof lets the token prove the customer's credential as it now is, until it expires or TokenProofs others were added after it.
	AddTokenProof(ctx context.Context, tokenID, customerID string, expires time.Time) error
}
