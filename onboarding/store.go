package onboarding

import (
	"context"
	"time"

	"onramp/onboarding/auth"
)

// The maximum number of rows per customer, so that one proven customer cannot fill the database.
// Where the newest row matters most, it replaces the oldest: the report of a 51st phone is not
// refused.
const (
	MaxGuids         = 20       // beyond it, the one confirmed least recently is deleted
	MaxDevices       = 50       // beyond it, the one seen least recently is deleted
	MaxInstallations = 200      // beyond it, a Conflict
	MaxAttributes    = 16 << 10 // bytes of all texts; beyond it, a Conflict
	MaxCustomerLinks = 50       // of at most an hour; beyond it, the oldest is deleted
)

// CapWriter enforces the maximum numbers of rows. A large excess, which an earlier version may
// have left, is deleted in portions of a hundred so that other writers do not wait long.
type CapWriter interface {
	// TrimDevices deletes the customer's devices beyond most, except the one just written.
	TrimDevices(ctx context.Context, customerID, written string, most int) error
	// TrimGuids deletes the customer's guids beyond most, except the one just written.
	TrimGuids(ctx context.Context, customerID, written string, most int) error
	// TrimLinks deletes the customer's links of at most an hour beyond most, the oldest first.
	TrimLinks(ctx context.Context, customerID string, most int) error
	// CountInstallations counts the customer's installations, up to most.
	CountInstallations(ctx context.Context, customerID string, most int) (int, error)
	// CountConsents counts the entries of the customer's ledger after since, up to most.
	CountConsents(ctx context.Context, customerID string, since time.Time, most int) (int, error)
}

// Store is Onramp's storage. Package onboarding/storetest checks every requirement stated here on
// each engine.
//
// Reads see the last committed state and never wait for the writer. A missing resource is
// ErrNotFound. Instants have microsecond resolution and are returned in UTC. Identifiers and user
// names are compared byte by byte.
type Store interface {
	Reader
	Writer
	// Ping reports whether the store can serve requests and has the schema of this binary.
	Ping(ctx context.Context) error
	Close() error
}

// Writer runs transactions.
type Writer interface {
	// Write runs fn in one transaction. It returns nil only if the changes are durable: they
	// survive kill -9 and power loss. If fn returns an error, its changes are discarded and that
	// error is returned unchanged. If the queue is full, Write returns ErrBusy and nothing was
	// written.
	//
	// fn may run more than once, because an engine may abort and repeat a transaction. It must
	// therefore change nothing except through tx, and keep nothing it read in a previous run. It
	// should be fast, because other writers wait for it.
	Write(ctx context.Context, fn func(tx Tx) error) error
}

type aheadKey struct{}

// Ahead returns a context for short transactions that somebody waits for: an engine that runs one
// transaction after the other runs them before those that wait, and commits soon. The others go on
// at a lower rate.
func Ahead(ctx context.Context) context.Context { return context.WithValue(ctx, aheadKey{}, true) }

// IsAhead reports whether ctx is from Ahead.
func IsAhead(ctx context.Context) bool { return ctx.Value(aheadKey{}) != nil }

// Tx reads its own writes. A write that breaks a uniqueness rule returns an *Error of kind
// Conflict with the field's name, either immediately or from Store.Write.
type Tx interface {
	Reader
	OrganizationWriter
	KeyWriter
	OperatorWriter
	SecretWriter
	SealedWriter
	CustomerWriter
	ImportWriter
	ProofWriter
	ConsentWriter
	DeviceWriter
	InstallationWriter
	DownloadWriter
	LinkWriter
	ResumeWriter
	VerificationWriter
	EventWriter
	IdempotencyWriter
	MessageWriter
	AccountingWriter
	MetricsWriter
	SegmentWriter
	ExpiryWriter
	RetentionWriter
	ContactWriter
	TermWriter
	ContactCounter
	BudgetWriter
	CapWriter
	DeletionWriter
	RestoreWriter
	TombstoneWriter
	AuditWriter
	StatisticsWriter
	WebhookWriter
}

// Reader combines all reading interfaces.
type Reader interface {
	OrganizationReader
	KeyReader
	OperatorReader
	SecretReader
	SealedReader
	CustomerReader
	ImportReader
	ProofReader
	ConsentReader
	DeviceReader
	InstallationReader
	DownloadReader
	LinkReader
	ResumeReader
	VerificationReader
	IdempotencyReader
	MessageReader
	AccountingReader
	MetricsReader
	EventReader
	SegmentReader
	ContactReader
	RecordReader
	RetentionReader
	TombstoneReader
	AuditReader
	StatisticsReader
	WebhookReader
}

// OrganizationReader reads tenants. The returned Organization may be shared between callers and
// must not be changed.
type OrganizationReader interface {
	Organization(ctx context.Context, id string) (*Organization, error)
	// Organizations returns all organizations, ordered by ID.
	Organizations(ctx context.Context) ([]*Organization, error)
	// FirstOrganizations returns the first organizations, ordered by ID, at most limit.
	FirstOrganizations(ctx context.Context, limit int) ([]*Organization, error)
	// OrganizationBySlug returns the organization with that portal.slug.
	OrganizationBySlug(ctx context.Context, slug string) (*Organization, error)
	// OrganizationVersions returns the former versions of an organization, the newest first.
	OrganizationVersions(ctx context.Context, organizationID string) ([]*OrganizationVersion, error)
	// RealmOwner returns the ID of the organization that declares the realm (in lower case).
	RealmOwner(ctx context.Context, realm string) (string, error)
	// LocationHasCustomers reports whether any customer belongs to the location.
	LocationHasCustomers(ctx context.Context, organizationID, locationID string) (bool, error)
	// UsernameWithRealm reports whether any customer's user name ends in "@" and the realm,
	// ignoring case.
	UsernameWithRealm(ctx context.Context, realm string) (bool, error)
}

// OrganizationWriter writes tenants.
type OrganizationWriter interface {
	// PutOrganization creates or replaces an organization as a whole. It returns a Conflict if
	// one of its locations, hotspots, hotspot addresses, realms or its slug belongs to another
	// organization.
	PutOrganization(ctx context.Context, o *Organization) error
	// InsertOrganizationVersion stores a former version, and deletes the organization's oldest ones
	// beyond KeptVersions.
	InsertOrganizationVersion(ctx context.Context, v *OrganizationVersion) error
}

// KeyReader reads client keys.
type KeyReader interface {
	ServiceKeyByClientKey(ctx context.Context, clientKey string) (*ServiceKey, error)
	ServiceKey(ctx context.Context, id string) (*ServiceKey, error)
	// ServiceKeys returns the organization's keys, or all keys if the ID is empty, oldest first.
	ServiceKeys(ctx context.Context, organizationID string) ([]*ServiceKey, error)
	// TokenRevoked reports whether the token or its client key is revoked, or the client key has
	// expired at now or is unknown. It also reports true for a token that was issued before the
	// last sweep of revocations and so may have lost its own: that sweep's clock may have been
	// wrong. Every request calls it.
	TokenRevoked(ctx context.Context, p *auth.Principal, now time.Time) (bool, error)
	// TokenEpoch returns the number of the last sweep that deleted revocations, 0 if there was
	// none.
	TokenEpoch(ctx context.Context) (int64, error)
}

// KeyWriter writes client keys.
type KeyWriter interface {
	InsertServiceKey(ctx context.Context, k *ServiceKey) error
	// UpdateServiceKey replaces the label, the expiry, the secrets and TokensEnded of the key with
	// that ID. ErrNotFound if it does not exist.
	UpdateServiceKey(ctx context.Context, k *ServiceKey) error
	// TouchServiceKey sets LastUsed unless it is later. An unknown ID is no error.
	TouchServiceKey(ctx context.Context, id string, at time.Time) error
	// RevokeServiceKey revokes a key. It is idempotent; the first revocation time is kept.
	// ErrNotFound if the key does not exist.
	RevokeServiceKey(ctx context.Context, clientKey string, at time.Time) error
	// RevokeToken marks the token as revoked, at least until it expires.
	RevokeToken(ctx context.Context, tokenID string, expires time.Time) error
}

// SecretReader reads the deployment's sealed secrets (JWT keys, the cursors' key, ...) and its
// plain settings (deployment ID, master key ID, the AAA URL of the last serve).
type SecretReader interface {
	Secret(ctx context.Context, name string) (Sealed, error)
	// Secrets returns all secrets, ordered by name. Transactions that read them run one after
	// another.
	Secrets(ctx context.Context) ([]StoredSecret, error)
	Setting(ctx context.Context, name string) (string, error)
}

// SettingMasterKey is the setting with the ID of the master key that seals.
const SettingMasterKey = "master-key-id"

// Settings that the last `onramp freeradius` recorded: the certificate chain (PEM), the address
// (host:port) of the authentication port, the port for accounting, and the folder.
const (
	SettingRADIUSCertificate = "radius-certificate"
	SettingRADIUSAddress     = "radius-address"
	SettingRADIUSAccounting  = "radius-accounting"
	SettingRADIUSFolder      = "radius-folder"
)

// SecretWriter writes secrets and settings.
type SecretWriter interface {
	// InsertSecret stores a secret. It returns a Conflict if the name is taken; the first value
	// is kept.
	InsertSecret(ctx context.Context, s StoredSecret) error
	// TouchSecret sets Used and UsedBy, unless Used is later. An unknown name is no error.
	TouchSecret(ctx context.Context, name string, at time.Time, by string) error
	// DeleteSecret deletes a secret; ErrNotFound if there is none of that name.
	DeleteSecret(ctx context.Context, name string) error
	PutSetting(ctx context.Context, name, value string) error
	// HoldsSealed reports whether the database holds anything sealed with a master key.
	HoldsSealed(ctx context.Context) (bool, error)
}

// Match identifies customers. Empty fields are ignored.
type Match struct {
	ID       string
	Username string
	Email    string // compared by EmailKey
	Phone    string // a number that PhonesMeant accepts
	ExtID    string
	ExtProp1 string
	ExtProp2 string
	GuidHash string // matches customers whom it proves now
	// LocationID limits the matches of the other fields to the customers of a location.
	LocationID string
	// VerifiedOnly makes Email and Phone match only customers for whom they are verified, and
	// disables the other fields.
	VerifiedOnly bool
}

// CustomerReader reads customers and credentials.
type CustomerReader interface {
	// Customer returns the organization's customer; ErrNotFound for another organization's.
	Customer(ctx context.Context, organizationID, id string) (*Customer, error)
	// MatchAll returns up to limit of the organization's customers that match all given fields.
	MatchAll(ctx context.Context, organizationID string, m Match, limit int) ([]*Customer, error)
	// MatchAny returns up to limit of the organization's customers that match any given field.
	MatchAny(ctx context.Context, organizationID string, m Match, limit int) ([]*Customer, error)
	Credential(ctx context.Context, customerID string) (*Credential, error)
	// CredentialOfNotice returns the credential with that Notice.
	CredentialOfNotice(ctx context.Context, notice string) (*Credential, error)
	// EndingCredentials returns up to limit of the organization's credentials whose end is after a
	// position and before an instant, and was not announced by a notice, in the order of their end.
	EndingCredentials(ctx context.Context, organizationID string, after CredentialPosition, before time.Time,
		limit int) ([]EndingCredential, error)
}

// CustomerWriter writes customers and credentials.
type CustomerWriter interface {
	// InsertCustomer returns ErrUsernameTaken when a customer of any organization has the user
	// name.
	InsertCustomer(ctx context.Context, c *Customer) error
	// UpdateCustomer replaces every field except ID, organization, user name, source, sign-up
	// method and creation time.
	UpdateCustomer(ctx context.Context, c *Customer) error
	DocumentWriter
	InsertCredential(ctx context.Context, c *Credential) error
	// UpdateCredential replaces password, creation, expiry, Notice and NoticeEnd. A new creation
	// time begins a new generation: proofs and links of the previous one end.
	UpdateCredential(ctx context.Context, c *Credential) error
}

// ImportedRow links a row of another system to the customer that an import made of it.
type ImportedRow struct {
	OrganizationID string
	Source         string // the kind of the other system
	Key            string // a keyed hash of the row's identifier in its source
	CustomerID     string // empty: the customer was deleted since
	Content        string // a keyed hash of the row's values at the last import
}

// ImportReader reads the links of imported rows.
type ImportReader interface {
	// ImportedRows returns the rows of a source with those keys, by key. Transactions that call it
	// for one organization and source run one after another.
	ImportedRows(ctx context.Context, organizationID, source string, keys []string) (map[string]ImportedRow, error)
}

// ImportWriter writes the links of imported rows. The deletion of a customer keeps them without the
// customer.
type ImportWriter interface {
	// PutImportedRow creates or replaces the row of that source and key.
	PutImportedRow(ctx context.Context, r ImportedRow) error
}

// SettingDocuments is the setting with the form in which identity documents are stored. Without it
// they are written in clear, which the version before can read, and both forms are read.
const SettingDocuments = "identity-documents"

// The values of SettingDocuments. A new database begins with DocumentsSealed.
const (
	DocumentsSealing = "sealing" // written sealed; some may still be stored in clear
	DocumentsSealed  = "sealed"  // all are sealed
)

// ClearDocument is an identity document stored in clear.
type ClearDocument struct {
	CustomerID string
	Document   Document
	Others     string // the stored attributes without the document, as the store encodes them
}

// DocumentWriter changes the form in which identity documents are stored.
type DocumentWriter interface {
	// DocumentsForm returns the value of SettingDocuments, empty without one, and keeps it
	// unchanged until the transaction ends. Unlike with Setting, transactions that call it do not
	// wait for each other.
	DocumentsForm(ctx context.Context) (string, error)
	// ClearDocuments examines up to limit customers of all organizations, in the order of their
	// IDs after afterID, and returns those with a document in clear. last is the ID of the last
	// customer examined, empty if there is none.
	ClearDocuments(ctx context.Context, afterID string, limit int) (found []ClearDocument, last string, err error)
	// SealDocument replaces a document that ClearDocuments returned in this transaction.
	SealDocument(ctx context.Context, d *ClearDocument, sealed Sealed) error
}

// ConsentReader reads the consent ledger.
type ConsentReader interface {
	// Consents returns all the customer's consents, oldest first.
	Consents(ctx context.Context, customerID string) ([]Consent, error)
	// CurrentConsents returns the latest consent per policy, ordered by policy key.
	CurrentConsents(ctx context.Context, customerID string) ([]Consent, error)
}

// ConsentWriter appends to the consent ledger.
type ConsentWriter interface {
	AppendConsents(ctx context.Context, consents []Consent) error
}

// DeviceReader reads the phones described by apps.
type DeviceReader interface {
	// Devices returns the customer's devices, oldest first.
	Devices(ctx context.Context, customerID string) ([]*Device, error)
}

// DeviceWriter writes devices.
type DeviceWriter interface {
	// PutDevice creates or updates the device with that InstallID. Empty and nil fields keep
	// their stored values.
	PutDevice(ctx context.Context, d *Device) error
}

// InstallationReader reads installations.
type InstallationReader interface {
	// Installations returns the customer's installations, oldest first.
	Installations(ctx context.Context, customerID string) ([]*Installation, error)
}

// InstallationWriter writes installations.
type InstallationWriter interface {
	// PutInstallation records i unless the same report exists (same customer, platform, type,
	// InstalledBy and Installed). It returns the ID of the stored one and whether it is new.
	PutInstallation(ctx context.Context, i *Installation) (id string, isNew bool, err error)
	// RemoveInstallation sets Removed. It is idempotent; the first time is kept. ErrNotFound if
	// the customer has no installation with that ID.
	RemoveInstallation(ctx context.Context, customerID, id string, at time.Time) error
	// ConfirmInstallations sets Confirmed of the customer's installations that were installed at
	// or before an instant, are not removed and not yet confirmed.
	ConfirmInstallations(ctx context.Context, customerID string, at time.Time) error
}

// LinkReader reads links.
type LinkReader interface {
	// Link returns a link. If it shares the hits of another link, MaxHits and Hits are that
	// one's. Ended is set if the credential has been replaced since the link was made.
	Link(ctx context.Context, tokenHash string) (*Link, error)
}

// LinkWriter writes links.
type LinkWriter interface {
	// InsertLink stores a link. It belongs to the customer's current generation of the
	// credential, or to that of the link with which it shares its hits.
	InsertLink(ctx context.Context, a *Link) error
	// EndLinks makes the customer's unexpired links expire at now.
	EndLinks(ctx context.Context, customerID string, now time.Time) error
	// CountHit adds one hit and returns true if the link, or the link with which it shares its
	// hits, has a hit left, has not expired at now and has not ended. Of any number of concurrent
	// calls, exactly as many succeed as there are hits left.
	CountHit(ctx context.Context, tokenHash string, now time.Time) (bool, error)
}

// EventWriter appends events.
type EventWriter interface {
	AppendEvents(ctx context.Context, events []Event) error
}

// Idempotency is the stored first response to a request with an Idempotency-Key.
type Idempotency struct {
	ServiceID   string
	Key         string // as sent by the client, at most 255 bytes
	GuidHash    string
	RequestHash string
	CustomerID  string
	Answer      Sealed // JSON of the first response
	Created     bool   // reports whether the first response was a creation
	Expires     time.Time
}

// IdempotencyReader reads stored responses.
type IdempotencyReader interface {
	Idempotency(ctx context.Context, serviceID, key string, now time.Time) (*Idempotency, error)
	// CountIdempotency returns how many of the service's keys begin with the text, whose last
	// character is a space.
	CountIdempotency(ctx context.Context, serviceID, begin string) (int, error)
}

// IdempotencyWriter stores the responses to requests with an Idempotency-Key.
type IdempotencyWriter interface {
	// InsertIdempotency replaces an expired response of the same service and key. It returns
	// ErrKeyTaken if an unexpired one exists.
	InsertIdempotency(ctx context.Context, i *Idempotency, now time.Time) error
}

// ExpiryWriter deletes revocations.
type ExpiryWriter interface {
	// SweepRevocations deletes revocations of tokens that had expired at now. A token whose
	// revocation is deleted remains revoked.
	SweepRevocations(ctx context.Context, now time.Time) error
}

// RestoreWriter writes into a database that was restored from a copy.
type RestoreWriter interface {
	// EndIssued ends all access that was handed out before now, whether or not the copy knows it:
	// every token is revoked, links expire, sessions of the console end, and the stored responses
	// to requests with an Idempotency-Key are deleted. Client keys and passwords stay valid.
	EndIssued(ctx context.Context, now time.Time) error
}

// DeletionWriter deletes a customer with many rows in portions, so that other writers wait for
// one portion only.
type DeletionWriter interface {
	// Bloated reports whether the customer has more than most rows of any kind, too many for one
	// transaction.
	Bloated(ctx context.Context, customerID string, most int) (bool, error)
	// RetireCustomer removes from the customer everything by which it can be found, shown or
	// authenticated. The row remains, without an organization, for DeletePortion. alias becomes
	// its user name, so that a process can continue the deletion after a restart.
	RetireCustomer(ctx context.Context, organizationID, id, alias string) error
	// DeletePortion deletes up to rows rows of each kind of a retired customer, or makes them
	// anonymous. last is true when at most rows rows of each kind remain: DeleteCustomer, with
	// the empty organization ID of a retired customer, then deletes the rest.
	DeletePortion(ctx context.Context, r RetiredCustomer, rows int) (last bool, err error)
	// RetiredCustomers returns up to limit customers whose deletion has begun.
	RetiredCustomers(ctx context.Context, limit int) ([]RetiredCustomer, error)
}

// RetiredCustomer is a customer whose deletion has begun. Alias replaces the customer's ID in the
// consent ledger.
type RetiredCustomer struct{ ID, Alias string }

// DeletionPortion is the most rows of a kind that one transaction of a deletion deletes. Other
// writers wait for it some ten milliseconds.
const DeletionPortion = 500

// BeginDeletion deletes a customer in a transaction. If the customer has too many rows for one, it
// is retired instead, and returned for FinishDeletion. It queues the event of the deletion.
func BeginDeletion(ctx context.Context, tx Tx, k CustomerKey, at time.Time) (*RetiredCustomer, error) {
	if err := tx.QueueWebhooks(ctx, at, WebhookEvent{
		OrganizationID: k.OrganizationID, CustomerID: k.ID, Type: WebhookCustomerDeleted, At: at,
	}); err != nil {
		return nil, err
	}
	r := RetiredCustomer{ID: k.ID, Alias: RandomID()}
	large, err := tx.Bloated(ctx, k.ID, DeletionPortion)
	switch {
	case err != nil:
		return nil, err
	case large:
		return &r, tx.RetireCustomer(ctx, k.OrganizationID, r.ID, r.Alias)
	}
	return nil, tx.DeleteCustomer(ctx, k.OrganizationID, r.ID, r.Alias)
}

// FinishDeletion erases the records of a retired customer in portions, then the customer. It
// returns nil if another process has finished it.
func FinishDeletion(ctx context.Context, w Writer, r RetiredCustomer) error {
	for last := false; !last; {
		if err := w.Write(ctx, func(tx Tx) (err error) {
			last, err = tx.DeletePortion(ctx, r, DeletionPortion)
			return err
		}); err != nil {
			return err
		}
	}
	err := w.Write(ctx, func(tx Tx) error { return tx.DeleteCustomer(ctx, "", r.ID, r.Alias) })
	if KindOf(err) == NotFound {
		return nil
	}
	return err
}

// FinishDeletions finishes up to 100 deletions that other processes have begun, and returns their
// number. One that fails is skipped, and is part of the error.
func FinishDeletions(ctx context.Context, w Writer) (int, error) {
	var retired []RetiredCustomer
	if err := w.Write(ctx, func(tx Tx) (err error) {
		retired, err = tx.RetiredCustomers(ctx, 100)
		return err
	}); err != nil {
		return 0, err
	}
	var skips Skips
	finished := 0
	for _, r := range retired {
		err := FinishDeletion(ctx, w, r)
		switch {
		case err == nil:
			skips.Done()
			finished++
		case !skips.Skip(ctx, err):
			return finished, err
		}
	}
	return finished, skips.Err()
}

// Evidence holds the proofs that a caller presents. Empty fields prove nothing.
type Evidence struct {
	GuidHash string
	TokenID  string
	Now      time.Time // a token's proof ends with the token
}

// TokenProofs is the number of customers that one token proves: the last ones that it created or
// checked.
const TokenProofs = 3

// ProofReader checks proofs of customers. A guid or token proves only the generation of the
// credential for which it was added or confirmed; when the credential is replaced, the proof
// ends.
type ProofReader interface {
	// Proves reports whether the guid or the token proves the customer.
	Proves(ctx context.Context, customerID string, e Evidence) (bool, error)
	// MatchProven returns up to limit of the organization's customers whom the evidence proves
	// and who match any given field of m, newest first.
	MatchProven(ctx context.Context, organizationID string, m Match, e Evidence, limit int) ([]*Customer, error)
}

// ProofWriter writes proofs.
type ProofWriter interface {
	// AddGuid makes the hash, new or known, prove the current generation of the customer's
	// credential.
	AddGuid(ctx context.Context, organizationID, customerID, guidHash string, at time.Time) error
	// RemoveGuid deletes a guid. ErrNotFound if the customer has none with that hash.
	RemoveGuid(ctx context.Context, customerID, guidHash string) error
	// AddTokenProof makes the token prove the current generation of the customer's credential,
	// until the token expires or proves TokenProofs later customers.
	AddTokenProof(ctx context.Context, tokenID, customerID string, expires time.Time) error
}
