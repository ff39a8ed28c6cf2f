package onboarding

import (
	"context"
	"time"
)

// VerifyChannel is the way by which a person proves an address: a code is sent to it.
type VerifyChannel string

// The channels. Without one, a sign-up needs no proof.
const (
	VerifyNone  VerifyChannel = ""
	VerifyEmail VerifyChannel = "email"
	VerifySMS   VerifyChannel = "sms"
)

// Field returns the customer's field with the address of the channel.
func (v VerifyChannel) Field() string {
	if v == VerifySMS {
		return "phoneNumber"
	}
	return "email"
}

// Address returns the customer's address for the channel, and whether it is verified, by Onramp or
// by the organization.
func (v VerifyChannel) Address(c *Customer) (address string, verified bool) {
	if v == VerifySMS {
		return c.Phone, c.PhoneVerified
	}
	return c.Email, c.EmailVerified
}

// Key returns the form in which addresses of the channel are compared.
func (v VerifyChannel) Key(address string) string {
	if v == VerifyEmail {
		return EmailKey(address)
	}
	return address
}

// Message returns the channel of the messages.
func (v VerifyChannel) Message() MessageChannel {
	if v == VerifySMS {
		return MessageSMS
	}
	return MessageEmail
}

// VerifyChannels returns the channels that send a code.
func VerifyChannels() []VerifyChannel { return []VerifyChannel{VerifyEmail, VerifySMS} }

// VerifyResult is a step of a verification, for metrics.
type VerifyResult string

// The results.
const (
	VerifySent   VerifyResult = "sent"
	VerifyProven VerifyResult = "proven"
	VerifyWrong  VerifyResult = "wrong" // a wrong code
	VerifyEnded  VerifyResult = "ended" // a code or link beyond its end or its tries
)

// VerifyResults returns all results.
func VerifyResults() []VerifyResult {
	return []VerifyResult{VerifySent, VerifyProven, VerifyWrong, VerifyEnded}
}

// Limits of a verification.
const (
	VerificationTries   = 5 // of one code
	VerificationSends   = 5 // codes of one sign-up
	VerificationCodeFor = 10 * time.Minute
	// VerificationFor is the time for which the page of a sign-up lives. It is that of a link.
	VerificationFor = DefaultLifetime
	// VerificationTriesDay is the period in which wrong codes of one address are counted.
	VerificationTriesDay = 24 * time.Hour
)

// Verification is the proof of an address in progress: of a sign-up, of a customer by the API, or
// by a link to the self-service page. Code, link and session are stored as keyed hashes only.
type Verification struct {
	ID             string
	OrganizationID string
	// CustomerID is the customer whose address is verified by the API, or the one to which a proven
	// sign-up led; empty until then.
	CustomerID string
	// Session is the hash of the token of the sign-up's page, or that of the recipient of a link to
	// the self-service page; empty: by the API.
	Session   string
	Form      string // hash of the ID of the sign-up's form
	Channel   VerifyChannel
	Recipient string // keyed hash of organization, channel and address
	Code      string // hash
	Link      string // hash of the token of the link that was sent; empty: none
	LinkForm  string // hash of the form that used the link; empty: unused
	Tries     int    // left for the code
	Sent      int    // codes
	// Content is JSON with the address and the sign-up, sealed for VerificationPurpose. Of a proven
	// sign-up only the content of its page is left; that of a proven customer is empty.
	Content Sealed
	Created time.Time
	// Resend is the earliest time of the next code. The code ends at CodeEnds, the row at Expires.
	Resend, CodeEnds, Expires time.Time
	Proven                    *time.Time
}

// VerifiedAddress is an address that Onramp itself has verified for a customer. An organization has
// one for each address, and a customer one for each channel.
type VerifiedAddress struct {
	Recipient      string // keyed hash, as in Verification
	OrganizationID string
	CustomerID     string
	Channel        VerifyChannel
	At             time.Time
}

// VerificationReader reads verifications.
type VerificationReader interface {
	Verification(ctx context.Context, organizationID, id string) (*Verification, error)
	VerificationOfSession(ctx context.Context, session string) (*Verification, error)
	VerificationOfLink(ctx context.Context, link string) (*Verification, error)
	// VerificationOfCustomer returns the customer's verification by the API; ErrNotFound if there
	// is none.
	VerificationOfCustomer(ctx context.Context, customerID string, channel VerifyChannel) (*Verification, error)
	// VerifiedAddress returns the holder of an address; ErrNotFound if Onramp has not verified it
	// for anyone. In a transaction, no other one changes the answer before it ends.
	VerifiedAddress(ctx context.Context, recipient string) (*VerifiedAddress, error)
	// VerifiedAddresses returns a customer's, in the order of the channels.
	VerifiedAddresses(ctx context.Context, customerID string) ([]VerifiedAddress, error)
}

// VerificationWriter writes verifications.
type VerificationWriter interface {
	// InsertVerification stores a verification. It returns a Conflict if the session, the link, or
	// the customer's channel by the API has one.
	InsertVerification(ctx context.Context, v *Verification) error
	// UpdateVerification replaces every field except ID, organization, session, form and creation
	// time, and Tries, which it replaces only together with the code.
	UpdateVerification(ctx context.Context, v *Verification) error
	// TakeVerificationTry uses one try of the code and reports whether one was left before the
	// code's end. Of any number of concurrent calls, exactly as many succeed as there are tries.
	TakeVerificationTry(ctx context.Context, id, code string, now time.Time) (bool, error)
	// CountVerificationsOfForm counts the sign-ups of a form, up to most.
	CountVerificationsOfForm(ctx context.Context, form string, most int) (int, error)
	// CountWrongCodes counts the wrong codes for an address since an instant, up to most. No other
	// transaction adds one before this one ends.
	CountWrongCodes(ctx context.Context, recipient string, since time.Time, most int) (int, error)
	// AddWrongCode records a wrong code for an address.
	AddWrongCode(ctx context.Context, recipient string, at time.Time) error
	// PutVerifiedAddress makes the customer the holder of the address, in place of another one, and
	// forgets the customer's former address of the channel.
	PutVerifiedAddress(ctx context.Context, a VerifiedAddress) error
	// ForgetVerifiedAddress forgets the customer's verified address of the channel, if any.
	ForgetVerifiedAddress(ctx context.Context, customerID string, channel VerifyChannel) error
}

// VerificationPurpose returns the purpose that binds the content of a verification to its row.
func VerificationPurpose(id string) string { return "verification " + id }
