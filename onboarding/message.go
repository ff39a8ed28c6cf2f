package onboarding

import (
	"context"
	"time"
)

// Message is an e-mail or SMS to a person, stored until it is delivered or of no use any more. It
// is queued in the transaction that makes it necessary, by package messages.
type Message struct {
	ID             string // stable over all attempts
	OrganizationID string
	CustomerID     string // empty: of no customer, or of a deleted one
	Channel        MessageChannel
	Kind           MessageKind
	Language       string
	// Recipient is a keyed hash of the address. It is dropped with the customer.
	Recipient string
	// Content holds the address and the values of the text, sealed for MessagePurpose. It is
	// dropped when the message is finished.
	Content Sealed

	Created  time.Time
	NotAfter time.Time // the message is of no use from then on
	Due      time.Time // of the next attempt, or the end of a lease
	Attempts int
	Outcome  MessageOutcome // empty while the message waits
	Finished *time.Time
}

// MessageChannel is the way of a message.
type MessageChannel string

// The channels.
const (
	MessageEmail MessageChannel = "email"
	MessageSMS   MessageChannel = "sms"
)

// MessageChannels returns all channels.
func MessageChannels() []MessageChannel { return []MessageChannel{MessageEmail, MessageSMS} }

// MessageKind is the purpose of a message, which selects its text.
type MessageKind string

// The kinds.
const (
	MessageVerification MessageKind = "verification" // a code, and a link for a visitor
	MessageReturn       MessageKind = "return"       // a link to the self-service page
	MessageRenewal      MessageKind = "renewal"      // the profile ends soon: a link to the new one
)

// MessageKinds returns all kinds.
func MessageKinds() []MessageKind {
	return []MessageKind{MessageVerification, MessageReturn, MessageRenewal}
}

// Bulk reports whether messages of the kind are queued in large numbers, and are sent after those
// for which a person is waiting.
func (k MessageKind) Bulk() bool { return k == MessageRenewal }

// MessageOutcome is the result of a finished message.
type MessageOutcome string

// The outcomes.
const (
	MessageDelivered MessageOutcome = "delivered" // the server or the gateway accepted it
	MessageRefused   MessageOutcome = "refused"   // the address was refused for good
	MessageRejected  MessageOutcome = "rejected"  // the message was refused for good, for another reason
	MessageExpired   MessageOutcome = "expired"   // not delivered before NotAfter
	MessageErased    MessageOutcome = "erased"    // there is no customer: deleted, or the address is unknown
)

// MessageOutcomes returns all outcomes.
func MessageOutcomes() []MessageOutcome {
	return []MessageOutcome{MessageDelivered, MessageRefused, MessageRejected, MessageExpired, MessageErased}
}

// MessagePurpose returns the purpose that binds a message's content to its row.
func MessagePurpose(id string) string { return "message " + id }

// MessageBacklog is the number of waiting messages of a channel, and the creation of the oldest.
type MessageBacklog struct {
	Channel MessageChannel
	Waiting int
	Oldest  time.Time
}

// MessageReader reads the outbox.
type MessageReader interface {
	Message(ctx context.Context, id string) (*Message, error)
	// DueMessages returns up to limit waiting messages of a channel whose time has come: those of
	// bulk kinds last, else the longest due first.
	DueMessages(ctx context.Context, channel MessageChannel, now time.Time, limit int) ([]*Message, error)
	// LastMessages returns up to limit of the organization's messages, newest first.
	LastMessages(ctx context.Context, organizationID string, limit int) ([]*Message, error)
	// CountMessagesTo counts, up to most, the messages to a recipient that were created after
	// since. Transactions that count the same recipient's run one after another.
	CountMessagesTo(ctx context.Context, recipient string, since time.Time, most int) (int, error)
	// CountMessages counts, up to most, an organization's messages of a channel that were created
	// after since. Transactions that count the same messages run one after another.
	CountMessages(ctx context.Context, organizationID string, channel MessageChannel, since time.Time, most int) (
		int, error)
	// CountWaitingMessages counts, up to most, an organization's waiting messages of a channel.
	CountWaitingMessages(ctx context.Context, organizationID string, channel MessageChannel, most int) (int, error)
	// RecipientRefused reports whether the last message to the recipient that was delivered or
	// refused since an instant was refused.
	RecipientRefused(ctx context.Context, recipient string, since time.Time) (bool, error)
	// MessageBacklogs returns one row for each channel with waiting messages.
	MessageBacklogs(ctx context.Context) ([]MessageBacklog, error)
}

// MessageWriter writes the outbox.
type MessageWriter interface {
	// InsertMessage queues a message. It returns false, and changes nothing, if a message with that
	// ID exists.
	InsertMessage(ctx context.Context, m *Message) (bool, error)
	// LeaseMessage moves the due time of a waiting message to until and counts an attempt. It
	// returns false if another process has done so since m was read, or the message is finished.
	LeaseMessage(ctx context.Context, m *Message, until time.Time) (bool, error)
	// PostponeMessage moves the due time of a waiting message after its attempt of that number. It
	// returns false if another attempt has begun since, or the message is finished.
	PostponeMessage(ctx context.Context, id string, attempt int, due time.Time) (bool, error)
	// FinishMessage records the outcome of a waiting message and drops its content. It returns
	// false if the message is already finished.
	FinishMessage(ctx context.Context, id string, outcome MessageOutcome, at time.Time) (bool, error)
}
