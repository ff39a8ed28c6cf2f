package messages

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"onramp/onboarding"
)

// Draft is a message to be queued.
type Draft struct {
	// ID is empty for a new message. Of messages with one ID only the first is queued.
	ID             string
	OrganizationID string
	CustomerID     string // empty: no customer yet. The deletion of the customer erases the message
	Channel        onboarding.MessageChannel
	Kind           onboarding.MessageKind
	Language       string // one without texts becomes the organization's first language, or else English
	Recipient      string // as onboarding.ParseEmail or onboarding.ParsePhone returns it
	Code           string // of MessageVerification
	Link           string // absolute; optional in MessageVerification
	// Expires is the end of the code and the link, or of the profile that is to be renewed.
	Expires time.Time
	// NotAfter is the end of the message's use. It is not sent from then on.
	NotAfter time.Time
	// Known is set if who asks has shown before that the address is theirs: see PerRecipient.
	Known bool
	// Verified is set for a message that is sent only if Onramp has verified the address for a
	// customer of the organization at the time of sending. Else it ends as MessageErased.
	Verified bool
}

// Prepared is a checked draft with sealed content.
type Prepared struct {
	message onboarding.Message
	most    int // messages to the address in a day
	cap     int // of the organization's SMS in a day; 0: none
}

// ID returns the message's ID.
func (p *Prepared) ID() string { return p.message.ID }

// content is the sealed part of a message.
type content struct {
	To      string    `json:"to"`
	Code    string    `json:"code,omitempty"`
	Link    string    `json:"link,omitempty"`
	Expires time.Time `json:"expires"`
	// Verified is that of Draft.
	Verified bool `json:"verified,omitempty"`
}

// The limits of the outbox.
const (
	// MaxAge is the longest time for which a message waits.
	MaxAge = 7 * 24 * time.Hour
	// PerRecipient is the largest number of messages to one address in a day. Those to a known
	// recipient may be twice as many, so that strangers who use up the number do not shut them out.
	PerRecipient = 20
	// MaxWaiting is the largest number of an organization's waiting messages in one channel.
	MaxWaiting = 10_000
	// MaxWaitingBulk is the number of waiting messages from which no more notices are queued. Half
	// of the SMS of a day are the same limit there.
	MaxWaitingBulk = 2_000
	// RefusedFor is the time for which a refused address is not tried again.
	RefusedFor = 30 * 24 * time.Hour
	// maxLink keeps an SMS short.
	maxLink = 500

	day = 24 * time.Hour
)

// field returns the name of the channel's address on the wire.
func field(channel onboarding.MessageChannel) string {
	if channel == onboarding.MessageSMS {
		return "phoneNumber"
	}
	return "email"
}

// Prepare checks a draft and seals its content. It writes nothing. It returns an error of kind
//
//   - Unavailable if the deployment cannot send by the channel,
//   - Invalid, with the field email or phoneNumber, if nothing may be sent to the address,
//   - Conflict, with the same field, if the address was refused for good within RefusedFor.
func (o *Outbox) Prepare(ctx context.Context, d Draft) (*Prepared, error) {
	now := o.Clock.Now()
	p := &Prepared{most: PerRecipient, message: onboarding.Message{
		ID: d.ID, OrganizationID: d.OrganizationID, CustomerID: d.CustomerID, Channel: d.Channel, Kind: d.Kind,
		Created: now, Due: now, NotAfter: d.NotAfter.UTC(),
	}}
	if d.Known {
		p.most *= 2
	}
	if p.message.ID == "" {
		p.message.ID = onboarding.NewID()
	}
	if latest := now.Add(MaxAge); p.message.NotAfter.After(latest) {
		p.message.NotAfter = latest
	}
	if err := d.check(now); err != nil {
		return nil, err
	}
	if !o.Offers(d.Channel) {
		return nil, &onboarding.Error{Kind: onboarding.Unavailable, Message: "messages cannot be sent by " +
			string(d.Channel) + " here", RetryAfter: time.Minute}
	}
	if d.Channel == onboarding.MessageSMS {
		if err := o.SMS.Allows(d.Recipient); err != nil {
			return nil, err
		}
		p.cap = o.SMS.DailyCap()
	}
	organization, err := o.Store.Organization(ctx, d.OrganizationID)
	if err != nil {
		return nil, err
	}
	p.message.Language = languageOf(d.Language, organization.Languages)
	if p.message.Recipient, err = o.RecipientHash(ctx, d.Channel, d.Recipient); err != nil {
		return nil, err
	}
	refused, err := o.Store.RecipientRefused(ctx, p.message.Recipient, now.Add(-RefusedFor))
	if err != nil {
		return nil, err
	}
	if refused {
		return nil, onboarding.ConflictField(field(d.Channel), "this address does not accept messages")
	}
	plain, err := json.Marshal(content{To: d.Recipient, Code: d.Code, Link: d.Link, Expires: d.Expires.UTC(),
		Verified: d.Verified})
	if err != nil {
		return nil, err
	}
	p.message.Content = o.Sealer.Seal(plain, onboarding.MessagePurpose(p.message.ID))
	return p, nil
}

// check returns a refusal of the recipient, or an error of the caller.
func (d *Draft) check(now time.Time) error {
	link, err := url.Parse(d.Link)
	switch {
	case d.Kind == onboarding.MessageVerification && d.Code == "":
		return fmt.Errorf("a message of kind %s needs a code", d.Kind)
	case d.Kind == onboarding.MessageVerification && d.Link == "":
	case err != nil || link.Host == "" || link.Scheme != "https" && link.Scheme != "http" || len(d.Link) > maxLink:
		return fmt.Errorf("a message of kind %s needs an absolute link of at most %d bytes", d.Kind, maxLink)
	}
	if !d.NotAfter.After(now) {
		return fmt.Errorf("a message of kind %s ends before it is queued", d.Kind)
	}
	switch d.Channel {
	case onboarding.MessageEmail:
		address, err := onboarding.ParseEmail(field(d.Channel), d.Recipient)
		if err != nil {
			return err
		}
		return checkMailbox(field(d.Channel), address)
	case onboarding.MessageSMS:
		return nil // Texter.Allows checks the number
	}
	return errUnknownChannel
}

// hostLabels matches a name of the public DNS as A-labels: two labels or more, the last one not a
// number.
var hostLabels = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$`)

// checkMailbox refuses addresses that a mail server may deliver elsewhere than to a mailbox of a
// public domain: to itself, to a host of its own network by name or number, through another server
// (%, !), or to a program (|). Visitors choose the address.
func checkMailbox(field, address string) error {
	local, _, _ := onboarding.CutLastAt(address)
	_, domain, _ := onboarding.CutLastAt(onboarding.EmailKey(address))
	switch {
	case strings.ContainsFunc(local, func(r rune) bool { return r >= 0x80 }):
		return onboarding.InvalidField(field, "only ASCII letters before the @ can receive messages")
	case strings.ContainsAny(local, "%!|") || strings.HasPrefix(local, "/") || strings.HasPrefix(local, "-"):
		return onboarding.InvalidField(field, "a character before the @ is not allowed in messages")
	case !hostLabels.MatchString(domain):
		return onboarding.InvalidField(field, "its domain is not one of the public DNS")
	}
	return nil
}

// Queue stores a message in the caller's transaction. It returns false if a message with its ID
// exists, and an error of kind TooMany beyond PerRecipient, MaxWaiting, or the organization's SMS
// of a day; for notices beyond MaxWaitingBulk or half of those SMS.
func (o *Outbox) Queue(ctx context.Context, tx onboarding.Tx, p *Prepared) (bool, error) {
	m := p.message
	since := m.Created.Add(-day)
	n, err := tx.CountMessagesTo(ctx, m.Recipient, since, p.most)
	if err != nil {
		return false, err
	}
	if n >= p.most {
		return false, ErrRecipientFull
	}
	waiting, daily := MaxWaiting, p.cap
	if m.Kind.Bulk() { // leaves room for codes, for which a person waits
		waiting, daily = MaxWaitingBulk, (p.cap+1)/2
	}
	if n, err = tx.CountWaitingMessages(ctx, m.OrganizationID, m.Channel, waiting); err != nil {
		return false, err
	}
	if n >= waiting {
		return false, tooMany("too many messages are waiting, try again later", time.Minute)
	}
	if daily > 0 {
		if n, err = tx.CountMessages(ctx, m.OrganizationID, m.Channel, since, daily); err != nil {
			return false, err
		}
		if n >= daily {
			if m.Kind.Bulk() {
				return false, tooMany("no more notices can be sent today", time.Hour)
			}
			o.Log.WarnContext(ctx, "no SMS left today", "organization", m.OrganizationID, "cap", p.cap)
			return false, tooMany("no more messages can be sent today", time.Hour)
		}
	}
	queued, err := tx.InsertMessage(ctx, &m)
	if queued && err == nil {
		o.Observer.MessageQueued(m.Channel, m.Kind)
	}
	return queued, err
}

// ErrRecipientFull is the error of kind TooMany beyond PerRecipient.
var ErrRecipientFull = tooMany("too many messages to this address, try again later", time.Hour)

func tooMany(message string, after time.Duration) *onboarding.Error {
	return &onboarding.Error{Kind: onboarding.TooMany, Message: message, RetryAfter: after}
}
