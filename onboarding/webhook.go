package onboarding

import (
	"cmp"
	"context"
	"encoding/json"
	"time"
)

// Webhook is an endpoint that an organization declares: Onramp posts events to it by Standard
// Webhooks 1.0. The json tags are its stored form.
type Webhook struct {
	ID  string `json:"id"`
	URL string `json:"url"`
	// Events are the types of events that are sent; empty: all.
	Events []WebhookType `json:"events,omitempty"`
	// Signature is the kind of its signatures; empty: WebhookHMAC.
	Signature WebhookSignature `json:"signature,omitempty"`
}

// Kind returns the kind of its signatures.
func (w *Webhook) Kind() WebhookSignature { return cmp.Or(w.Signature, WebhookHMAC) }

// WebhookLease is the time for which a process holds a delivery while it attempts it. An attempt is
// shorter.
const WebhookLease = time.Minute

// MaxWebhooks is the largest number of an organization's webhooks.
const MaxWebhooks = 10

// WebhookSignature is a kind of signature.
type WebhookSignature string

// The kinds of signatures.
const (
	WebhookHMAC    WebhookSignature = "hmac"    // HMAC-SHA256 with a shared secret, "v1"
	WebhookEd25519 WebhookSignature = "ed25519" // with a private key that stays here, "v1a"
)

// WebhookSignatures returns all kinds.
func WebhookSignatures() []WebhookSignature { return []WebhookSignature{WebhookHMAC, WebhookEd25519} }

// WebhookType is the type of a webhook's event.
type WebhookType string

// The types of events.
const (
	WebhookCustomerCreated    WebhookType = "customer.created"
	WebhookCustomerVerified   WebhookType = "customer.verified"
	WebhookConsentChanged     WebhookType = "consent.changed"
	WebhookProfileDownloaded  WebhookType = "profile.downloaded"
	WebhookProfileInstalled   WebhookType = "profile.installed"
	WebhookConnectionFirst    WebhookType = "connection.first"
	WebhookConnectionStarted  WebhookType = "connection.started"
	WebhookConnectionStopped  WebhookType = "connection.stopped"
	WebhookConnectionRefused  WebhookType = "connection.refused"
	WebhookCredentialRotated  WebhookType = "credential.rotated"
	WebhookCredentialLocked   WebhookType = "credential.locked"
	WebhookCredentialUnlocked WebhookType = "credential.unlocked"
	WebhookCredentialEnded    WebhookType = "credential.ended"
	WebhookCustomerDeleted    WebhookType = "customer.deleted"
	// WebhookTest is sent by `onramp webhook test`, whatever events the webhook has.
	WebhookTest WebhookType = "webhook.test"
)

// WebhookTypes returns all types that a webhook may have.
func WebhookTypes() []WebhookType {
	return []WebhookType{
		WebhookCustomerCreated, WebhookCustomerVerified, WebhookConsentChanged, WebhookProfileDownloaded,
		WebhookProfileInstalled, WebhookConnectionFirst, WebhookConnectionStarted, WebhookConnectionStopped,
		WebhookConnectionRefused, WebhookCredentialRotated, WebhookCredentialLocked, WebhookCredentialUnlocked,
		WebhookCredentialEnded, WebhookCustomerDeleted,
	}
}

// WebhookEvent is an event before it is queued.
type WebhookEvent struct {
	OrganizationID string
	CustomerID     string // empty: of no customer
	Type           WebhookType
	At             time.Time
	Data           WebhookData
	// Download is set for WebhookProfileDownloaded: the event is queued only if no row counts
	// downloads with its customer, platform, source, credential and settings.
	Download *Download
}

// NewWebhookEvent returns an event of the customer.
func NewWebhookEvent(c *Customer, t WebhookType, at time.Time, data WebhookData) WebhookEvent {
	return WebhookEvent{OrganizationID: c.OrganizationID, CustomerID: c.ID, Type: t, At: at, Data: data}
}

// WebhookData holds the members of an event besides the IDs of organization and customer. It never
// holds a name, an address, a number or a password. The json tags are its form on the wire.
type WebhookData struct {
	LocationID string `json:"locationId,omitempty"`
	HotspotID  string `json:"hotspotId,omitempty"`
	// Channel is the way of a sign-up, or that of a verification: email or sms.
	Channel  string          `json:"channel,omitempty"`
	Policies map[string]bool `json:"policies,omitempty"` // decisions by key

	Platform         string `json:"platform,omitempty"`
	InstallationID   string `json:"installationId,omitempty"`
	InstallationType string `json:"installationType,omitempty"`

	ConnectionID   string      `json:"connectionId,omitempty"` // that of the connection's event in the API
	Started        WebhookTime `json:"started,omitzero"`
	Stopped        WebhookTime `json:"stopped,omitzero"`
	Duration       *int64      `json:"duration,omitempty"` // seconds
	Traffic        *int64      `json:"traffic,omitempty"`  // octets of both directions
	TerminateCause string      `json:"terminateCause,omitempty"`

	// Hour, Cause, Count and Last describe the refusals of an hour.
	Hour  WebhookTime `json:"hour,omitzero"`
	Cause Reason      `json:"cause,omitempty"`
	Count int64       `json:"count,omitempty"`
	Last  WebhookTime `json:"last,omitzero"`

	Expires WebhookTime `json:"expires,omitzero"` // the end of the credential
}

// WebhookTime is an instant that is written with milliseconds, in UTC.
type WebhookTime struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (t WebhookTime) MarshalJSON() ([]byte, error) {
	return []byte(t.UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

// Body returns the body of the event, the same bytes for each attempt.
func (e *WebhookEvent) Body() ([]byte, error) {
	return json.Marshal(struct {
		Type      WebhookType `json:"type"`
		Timestamp WebhookTime `json:"timestamp"`
		Data      any         `json:"data"`
	}{e.Type, WebhookTime{e.At}, struct {
		OrganizationID string `json:"organizationId"`
		CustomerID     string `json:"customerId,omitempty"`
		WebhookData
	}{e.OrganizationID, e.CustomerID, e.Data}})
}

// WebhookState is the state of a delivery.
type WebhookState string

// The states.
const (
	WebhookWaiting   WebhookState = "waiting"
	WebhookDelivered WebhookState = "delivered"
	WebhookDead      WebhookState = "dead" // given up; it can be replayed
)

// WebhookStates returns all states.
func WebhookStates() []WebhookState {
	return []WebhookState{WebhookWaiting, WebhookDelivered, WebhookDead}
}

// WebhookDelivery is an event for one webhook. The deliveries of a customer to a webhook have
// ascending numbers in the order in which their transactions committed.
type WebhookDelivery struct {
	Number         int64
	ID             string // the webhook-id: that of the event, the same in all attempts
	WebhookID      string
	OrganizationID string
	// CustomerID is empty for an event of no customer, and for that of a deletion: it is erased
	// with the customer.
	CustomerID string
	Type       WebhookType
	Body       []byte // nil once delivered
	Created    time.Time
	Due        time.Time // of the next attempt, or the end of a lease
	Attempts   int
	State      WebhookState
	Reason     string // of the last failure
	Finished   *time.Time
}

// WebhookEndpoint is the state of a declared webhook.
type WebhookEndpoint struct {
	ID, OrganizationID string
	URL                string
	Signature          WebhookSignature
	Events             []WebhookType // empty: all
	Disabled           *time.Time    // nothing is queued or sent since then
	DisabledReason     string
	Failures           int        // attempts that failed since the last success
	FailingSince       *time.Time // the first of them
	LastFailure        string     // the reason of the last one
	LastSuccess        *time.Time
	Dropped            int64 // events that were deleted without delivery, because too many were kept
}

// WebhookBacklog counts the deliveries of a webhook that are not delivered.
type WebhookBacklog struct {
	WebhookID     string
	Waiting, Dead int
	Oldest        time.Time // creation of the oldest waiting one; zero: none
}

// WebhookSecret is a key of a webhook's signatures.
type WebhookSecret struct {
	WebhookID, ID string
	Signature     WebhookSignature
	Value         Sealed // for WebhookSecretPurpose
	Created       time.Time
	Ends          *time.Time // of a replaced one
	Shown         *time.Time // to an operator, once
}

// WebhookSecretPurpose returns the purpose that binds a secret to its row.
func WebhookSecretPurpose(webhookID, id string) string { return "webhook " + webhookID + " " + id }

// WebhookQuery selects a page of a webhook's deliveries, newest first.
type WebhookQuery struct {
	WebhookID string
	State     WebhookState // empty: all
	Before    int64        // the number of the last one of the page before; 0: the first page
	Limit     int
}

// WebhookPosition is a place in the waiting deliveries of a webhook, ordered by their due times.
// The zero value is before the first.
type WebhookPosition struct {
	Due    time.Time
	Number int64
}

// WebhookFinish is the end of a delivery.
type WebhookFinish struct {
	State  WebhookState
	Reason string
	At     time.Time
	Until  time.Time // the delivery is kept until then
}

// WebhookLimits bound the deliveries that are kept for one webhook.
type WebhookLimits struct {
	Waiting, Dead int
	Created       time.Time // waiting ones created before it are given up; zero: none
	Now, Until    time.Time // of those that are given up
}

// WebhookReader reads webhooks and their deliveries.
type WebhookReader interface {
	// WebhookEndpoints returns the organization's webhooks, or all if the ID is empty, ordered by
	// ID.
	WebhookEndpoints(ctx context.Context, organizationID string) ([]*WebhookEndpoint, error)
	WebhookEndpoint(ctx context.Context, id string) (*WebhookEndpoint, error)
	// DueWebhooks returns the enabled webhooks with a waiting delivery whose time has come.
	DueWebhooks(ctx context.Context, now time.Time) ([]*WebhookEndpoint, error)
	// DueWebhookDeliveries returns up to limit waiting deliveries of a webhook whose time has come,
	// the longest due first: of each customer, only the first that waits. It examines up to 1,000
	// deliveries after a position, and returns the position from which to go on: the same one if
	// the limit is reached, and the zero value after the last.
	DueWebhookDeliveries(
		ctx context.Context, webhookID string, now time.Time, after WebhookPosition, limit int,
	) ([]*WebhookDelivery, WebhookPosition, error)
	// WebhookDelivery returns the webhook's delivery of an event.
	WebhookDelivery(ctx context.Context, webhookID, id string) (*WebhookDelivery, error)
	WebhookDeliveries(ctx context.Context, q WebhookQuery) ([]*WebhookDelivery, error)
	// WebhookBacklogs returns a row for each webhook of the organization with waiting or dead
	// deliveries, or for each webhook at all if the ID is empty.
	WebhookBacklogs(ctx context.Context, organizationID string) ([]WebhookBacklog, error)
	// WebhookSecrets returns the secrets of a webhook that have not ended at now, newest first.
	WebhookSecrets(ctx context.Context, webhookID string, now time.Time) ([]*WebhookSecret, error)
	// EndedCredentials returns up to limit credentials whose end is after a position and at or
	// before an instant, of organizations with webhooks, in the order of their end.
	EndedCredentials(ctx context.Context, after CredentialPosition, until time.Time, limit int) (
		[]EndedCredential, error)
	// RefusalsOfHour sums the failures within an hour by organization with webhooks, location and
	// reason.
	RefusalsOfHour(ctx context.Context, hour time.Time) ([]HourRefusals, error)
}

// EndedCredential is a credential that has ended.
type EndedCredential struct {
	CustomerID, OrganizationID string
	Expires                    time.Time
}

// HourRefusals is the number of refused authentications within an hour.
type HourRefusals struct {
	OrganizationID, LocationID string // the location is empty if it is unknown
	Reason                     Reason
	Count                      int64
	Last                       time.Time
}

// WebhookWriter writes webhooks and their deliveries. PutOrganization creates, changes and deletes
// webhooks as declared, and enables one whose URL changes; a deletion of a customer deletes
// the customer's deliveries.
type WebhookWriter interface {
	// QueueWebhooks queues events for each enabled webhook of their organization that has their
	// type. Transactions that queue events of the same customer run one after another from then on.
	QueueWebhooks(ctx context.Context, now time.Time, events ...WebhookEvent) error
	// QueueWebhookTest queues an event for one webhook, and returns its ID.
	QueueWebhookTest(ctx context.Context, w *WebhookEndpoint, at time.Time) (id string, err error)
	// LeaseWebhookDelivery moves the due time of a waiting delivery to until and counts an attempt.
	// It returns false if another process has done so since d was read, or d no longer waits.
	LeaseWebhookDelivery(ctx context.Context, d *WebhookDelivery, until time.Time) (bool, error)
	// PostponeWebhookDelivery moves the due time of a waiting delivery after its attempt of that
	// number. It returns false if another attempt has begun since, or it no longer waits.
	PostponeWebhookDelivery(ctx context.Context, d *WebhookDelivery, attempt int, due time.Time, reason string) (
		bool, error)
	// FinishWebhookDelivery ends a waiting delivery; a delivered one loses its body. It returns
	// false if it no longer waits.
	FinishWebhookDelivery(ctx context.Context, d *WebhookDelivery, f WebhookFinish) (bool, error)
	// ReplayWebhookDeliveries makes up to limit dead deliveries of a webhook wait again, oldest
	// first: that with an ID, or all if it is empty. It returns their number.
	ReplayWebhookDeliveries(ctx context.Context, webhookID, id string, now time.Time, limit int) (int, error)
	// MarkWebhook records the result of an attempt: its reason, empty for a success.
	MarkWebhook(ctx context.Context, webhookID, reason string, at time.Time) error
	// DisableWebhook stops a webhook. TrimWebhook gives its waiting deliveries up, in portions,
	// because there may be a million. It is idempotent.
	DisableWebhook(ctx context.Context, webhookID, reason string, at time.Time) error
	// EnableWebhook reverses DisableWebhook. It is idempotent. ErrNotFound if there is no such
	// webhook.
	EnableWebhook(ctx context.Context, webhookID string) error
	// TrimWebhook gives up or deletes up to 1,000 deliveries of a webhook beyond each limit, and
	// gives up as many of a disabled one. It returns their numbers.
	TrimWebhook(ctx context.Context, webhookID string, l WebhookLimits) (givenUp, dropped int, err error)
	// DeleteUndeclaredWebhooks deletes up to limit deliveries, and all secrets, of webhooks that
	// are no longer declared, and secrets that have ended. It returns the number of deliveries.
	DeleteUndeclaredWebhooks(ctx context.Context, now time.Time, limit int) (int, error)
	InsertWebhookSecret(ctx context.Context, s *WebhookSecret) error
	// EndWebhookSecrets sets the end of the webhook's secrets that have none or a later one.
	EndWebhookSecrets(ctx context.Context, webhookID string, at time.Time) error
	// ShowWebhookSecret sets Shown. It returns false if it is set.
	ShowWebhookSecret(ctx context.Context, webhookID, id string, at time.Time) (bool, error)
}
