// Package messages is the outbox of e-mails and SMS: it stores a message in the transaction that
// makes it necessary, and delivers it afterwards.
//
// # Decisions
//
// A message is a row of the database until it is delivered, refused for good, or of no use any
// more. Reason: a mail server that is down delays messages and loses none.
//
// The sender of a message holds a lease of it, which lasts longer than any attempt. Reason: several
// replicas send, but never the same message at once. A sender that is killed between the acceptance
// by the server and its own commit sends the message again after the lease, with the same
// Message-ID.
//
// The text is rendered when the message is sent, from values that are sealed at rest. They hold
// nothing that a visitor typed, except the address. Reason: a visitor cannot send texts of
// their own to others through a venue. Address and values are dropped when the message is finished.
//
// While a server cannot be reached, one message at a time tries it. Reason: a crowd that waits
// neither loads the database nor the server with attempts.
package messages

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
)

// Store is the storage that the outbox uses.
type Store interface {
	onboarding.OrganizationReader
	onboarding.MessageReader
	onboarding.Writer
}

// Mail is an e-mail. Its texts hold no control characters.
type Mail struct {
	ID       string // stable over all attempts
	To       string
	FromName string // the display name of the sender
	Language string
	Subject  string
	Text     string
	HTML     string
}

// Mailer sends e-mails. An error is a *SendError, or else temporary.
type Mailer interface {
	SendMail(ctx context.Context, m Mail) error
}

// SMS is a text to a phone number in the format E.164.
type SMS struct {
	ID   string // stable over all attempts
	To   string
	Text string
}

// Texter sends SMS. An error is a *SendError, or else temporary.
type Texter interface {
	SendSMS(ctx context.Context, m SMS) error
	// Allows returns an error that may be shown if no SMS may be sent to the number.
	Allows(number string) error
	// DailyCap returns the largest number of SMS of one organization in 24 hours.
	DailyCap() int
}

// Addresses knows the addresses that Onramp has verified.
type Addresses interface {
	// HasVerified reports whether Onramp itself has verified the address for a customer of the
	// organization.
	HasVerified(ctx context.Context, organizationID string, channel onboarding.MessageChannel, address string) (
		bool, error)
}

// SendError is the reason why a message was not sent. Its text holds neither address nor content.
type SendError struct {
	// Outcome is MessageRefused or MessageRejected for a permanent failure, else empty.
	Outcome onboarding.MessageOutcome
	// Down reports that nothing can be sent at all, for example without a connection.
	Down bool
	// After is the least time before the next attempt.
	After  time.Duration
	Reason string
}

func (f *SendError) Error() string { return f.Reason }

// Observer receives the events of this use case, for metrics. Its methods must not block.
type Observer interface {
	// MessageQueued is called with each message that a transaction queues.
	MessageQueued(channel onboarding.MessageChannel, kind onboarding.MessageKind)
	// MessageFinished is called with the outcome of each message.
	MessageFinished(channel onboarding.MessageChannel, outcome onboarding.MessageOutcome)
	// MessageAttemptFailed is called with each attempt that is repeated later.
	MessageAttemptFailed(channel onboarding.MessageChannel)
}

type unobserved struct{}

func (unobserved) MessageQueued(onboarding.MessageChannel, onboarding.MessageKind)      {}
func (unobserved) MessageFinished(onboarding.MessageChannel, onboarding.MessageOutcome) {}
func (unobserved) MessageAttemptFailed(onboarding.MessageChannel)                       {}

// Config holds the dependencies of an Outbox. Store, Sealer and Access are required.
type Config struct {
	Store    Store
	Sealer   *onboarding.Sealer
	Access   *access.Control
	Clock    onboarding.Clock
	Log      *slog.Logger
	Observer Observer // nil: none
	Mail     Mailer   // nil: no e-mails
	SMS      Texter   // nil: no SMS
	// Addresses decides on messages for verified addresses only; nil: none of them is sent.
	Addresses Addresses
}

// Outbox queues and sends messages. Its methods are safe for concurrent use.
type Outbox struct {
	Config
	key  access.SharedKey[[]byte] // of the hashes of recipients
	wake map[onboarding.MessageChannel]chan struct{}
}

// secretRecipients names the key of the hashes of recipients.
const secretRecipients = "message-recipients"

// New returns the use case.
func New(c Config) *Outbox {
	if c.Observer == nil {
		c.Observer = unobserved{}
	}
	c.Log = onboarding.LogOrDiscard(c.Log)
	o := &Outbox{Config: c, wake: map[onboarding.MessageChannel]chan struct{}{}}
	for _, channel := range onboarding.MessageChannels() {
		o.wake[channel] = make(chan struct{}, 1)
	}
	return o
}

// Offers reports whether the deployment can send messages by the channel.
func (o *Outbox) Offers(channel onboarding.MessageChannel) bool {
	switch channel {
	case onboarding.MessageEmail:
		return o.Mail != nil
	case onboarding.MessageSMS:
		return o.SMS != nil
	}
	return false
}

// Wake makes the sender of this process read the queue at once. Call it after the transaction that
// called Queue.
func (o *Outbox) Wake() {
	for _, wake := range o.wake {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// RecipientHash returns a keyed hash of an address, the same in all replicas.
func (o *Outbox) RecipientHash(
	ctx context.Context, channel onboarding.MessageChannel, address string,
) (string, error) {
	key, err := o.key.Get(ctx, o.Access, secretRecipients, func(key []byte) ([]byte, error) { return key, nil })
	if err != nil {
		return "", err
	}
	if channel == onboarding.MessageEmail {
		address = onboarding.EmailKey(address)
	}
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(string(channel) + "\x00" + address))
	return hex.EncodeToString(hash.Sum(nil)[:16]), nil
}

// PrepareSecrets creates and loads the key of the hashes, so that the first message does not wait.
func (o *Outbox) PrepareSecrets(ctx context.Context) error {
	_, err := o.RecipientHash(ctx, onboarding.MessageEmail, "")
	return err
}

var errUnknownChannel = errors.New("unknown channel of a message")
