// Package verification proves that a person receives the messages to an e-mail address or a phone
// number: by a six-digit code, or, for a visitor of the sign-up page, by a link.
//
// # Decisions
//
// A sign-up with a tenant's `portal.verify` is stored sealed and becomes a customer with the proof.
// Reason: an unproven claim does not become a contact, and a returning visitor's form changes
// nothing before the proof.
//
// Only an address that Onramp itself has verified leads to an existing customer. Reason: with an
// app's or an operator's claim, the registration of an attacker would become that of the victim.
//
// The link continues in the browser that opened it. The waiting page continues only if the visitor
// chooses so on the link's page, or enters the code. Reason: anyone can sign up with another
// person's address, and a careless confirmation would give the attacker the victim's profile.
//
// Wrong codes of one address are counted exactly, in the transaction that compares the code. All
// other limits use the shared budgets. Reason: six digits resist only a bounded number of guesses.
//
// Until the proof, nothing depends on whether the address is known. Reason: the answers and their
// times must not tell. For the same reason, a request for a link to the self-service page queues a
// message in any case; the sender, in the background, drops that of an unknown address.
//
// A link to the self-service page is a row of its own kind in the same table, one for an address.
// Reason: requests by strangers are bounded, swept and erased like sign-ups, and a link that was
// sent works once, while its page shows stored data for a day.
package verification

import (
	"context"
	"strings"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/registration"
)

// Store is the storage that verifications use.
type Store interface {
	onboarding.OrganizationReader
	onboarding.CustomerReader
	onboarding.LinkReader
	onboarding.ProofReader
	onboarding.VerificationReader
	onboarding.Writer
}

// Messages sends codes and links.
type Messages interface {
	// Prepare checks a message and returns the function that queues it in a transaction. Its error
	// names the field if nothing can be sent to the address. A link to the self-service page has no
	// error that depends on earlier messages to the address.
	Prepare(ctx context.Context, m Message) (queue func(ctx context.Context, tx onboarding.Tx) error, err error)
	// Wake starts the sending of queued messages. It is called after the commit.
	Wake()
}

// Message is a code, and perhaps a link, for a person.
type Message struct {
	// Kind is MessageVerification, or MessageReturn: a link without a code, which is sent only
	// while HasVerified reports the address, and else dropped without an error.
	Kind           onboarding.MessageKind
	OrganizationID string
	CustomerID     string // empty: of a sign-up
	Channel        onboarding.VerifyChannel
	To             string // the address
	Language       string
	Code, Link     string
	NotAfter       time.Time
	// Known is set if the browser or the app that asks has verified the address before.
	Known bool
}

// UnreachableError is the error for an address to which no code can be sent.
type UnreachableError struct {
	Reason *onboarding.Error // names the field of the address
}

func (e *UnreachableError) Error() string { return e.Reason.Error() }

// Unwrap returns the reason.
func (e *UnreachableError) Unwrap() error { return e.Reason }

// Observer receives the events of this use case, for metrics. Its methods must not block.
type Observer interface {
	// Verified is called for each code that is sent, each right one, and each refused one.
	Verified(channel onboarding.VerifyChannel, result onboarding.VerifyResult)
}

type unobserved struct{}

func (unobserved) Verified(onboarding.VerifyChannel, onboarding.VerifyResult) {}

// Config holds the dependencies; Clock and Observer are optional.
type Config struct {
	Store        Store
	Sealer       *onboarding.Sealer
	Access       *access.Control
	Registration *registration.Registrar
	Messages     Messages
	PublicURL    string // scheme and host
	Clock        onboarding.Clock
	Observer     Observer
}

// Verifications is the use case. Its methods are safe for concurrent use; each that writes returns
// only when the change is durable.
type Verifications struct {
	store        Store
	sealer       *onboarding.Sealer
	access       *access.Control
	registration *registration.Registrar
	messages     Messages
	publicURL    string
	clock        onboarding.Clock
	observer     Observer
	key          access.SharedKey[[]byte]
}

// New returns the use case.
func New(c Config) *Verifications {
	if c.Observer == nil {
		c.Observer = unobserved{}
	}
	return &Verifications{
		store: c.Store, sealer: c.Sealer, access: c.Access, registration: c.Registration, messages: c.Messages,
		publicURL: strings.TrimSuffix(c.PublicURL, "/"), clock: c.Clock, observer: c.Observer,
	}
}

// secretKey names the key of the hashes among the deployment's secrets.
const secretKey = "verification-key"

// PrepareSecrets creates the key of the hashes unless it exists.
func (v *Verifications) PrepareSecrets(ctx context.Context) error {
	_, err := v.hashes(ctx)
	return err
}
