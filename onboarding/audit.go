package onboarding

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"onramp/onboarding/auth"
)

// The audit records the acts on contacts, keys and settings, and the reads of personal data, each
// with its actor.
//
// Use cases and commands write it in two ways, both with an Act:
//
//   - a change: Auditor.Record in the transaction of the change, so that neither exists without the
//     other;
//   - a read: Auditor.RecordRead before the answer. A list is one Act with a Count.
//
// The actor comes from the context: the server and package main set it by WithActor. Use cases with
// access control call access.Control.Record and RecordRead; deployment.Deployment.Audit is the
// Auditor for all others. Package audit chains, verifies, exports and prunes the rows.

// ActorKind is the kind of an actor.
type ActorKind string

// The kinds of actors, and the meaning of Actor.ID.
const (
	ActorSystem   ActorKind = "system"          // background work of a server; no ID
	ActorKey      ActorKind = "key"             // an organizationManager's client key; ServiceKey.ID
	ActorLocation ActorKind = "locationManager" // a client key of that role; ServiceKey.ID
	ActorSupport  ActorKind = "support"         // a client key of that role; ServiceKey.ID
	ActorApp      ActorKind = "app"             // an app's client key, with a proof of the customer; ServiceKey.ID
	ActorVisitor  ActorKind = "visitor"         // a person without a login, on the pages; no ID
	ActorCommand  ActorKind = "command"         // "key create by root": the command and the user of the system
	ActorConsole  ActorKind = "console"         // an operator's session in the console; OperatorSession.ID
)

// Actor is the origin of an act.
type Actor struct {
	Kind      ActorKind
	ID        string
	RequestID string // of the HTTP request, as in the log
}

// KeyActor returns the kind of actor that a client key of the role is.
func KeyActor(role auth.Role) ActorKind {
	switch role {
	case auth.OrganizationManager:
		return ActorKey
	case auth.LocationManager:
		return ActorLocation
	case auth.Support:
		return ActorSupport
	}
	return ActorApp
}

// IsOperator reports whether the actor is an operator's client key.
func (k ActorKind) IsOperator() bool { return k == ActorKey || k == ActorLocation || k == ActorSupport }

type actorKey struct{}

// WithActor returns a context whose acts have the actor.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf returns the context's actor, by default ActorSystem.
func ActorOf(ctx context.Context) Actor {
	if a, ok := ctx.Value(actorKey{}).(Actor); ok {
		return a
	}
	return Actor{Kind: ActorSystem}
}

// AuditAction names an act: a noun and a verb in the past.
type AuditAction string

// The actions about contacts, keys, and the settings of an organization or of the deployment.
const (
	AuditContactCreated    AuditAction = "contact.created"
	AuditContactChanged    AuditAction = "contact.changed"
	AuditContactDeleted    AuditAction = "contact.deleted"
	AuditContactLocked     AuditAction = "contact.locked"
	AuditContactUnlocked   AuditAction = "contact.unlocked"
	AuditContactRotated    AuditAction = "contact.rotated"  // a new password
	AuditContactRead       AuditAction = "contact.read"     // Fields name the part
	AuditContactListed     AuditAction = "contact.listed"   // Fields name the filter
	AuditContactExported   AuditAction = "contact.exported" // all stored data
	AuditContactChecked    AuditAction = "contact.checked"  // credential or existence
	AuditContactVerified   AuditAction = "contact.verified" // Fields name the address
	AuditCodeSent          AuditAction = "code.sent"
	AuditNoticeSent        AuditAction = "notice.sent"   // that the access ends; Fields name the address
	AuditPasswordRead      AuditAction = "password.read" // in an answer
	AuditProfileRead       AuditAction = "profile.read"  // holds the password
	AuditLinkCreated       AuditAction = "link.created"
	AuditKeyCreated        AuditAction = "key.created"
	AuditKeyChanged        AuditAction = "key.changed"
	AuditKeyRevoked        AuditAction = "key.revoked"
	AuditKeyListed         AuditAction = "key.listed"
	AuditLoggedIn          AuditAction = "key.loggedIn"
	AuditLoggedOut         AuditAction = "key.loggedOut"
	AuditSignInCreated     AuditAction = "console.linkCreated"
	AuditSignedIn          AuditAction = "console.signedIn"
	AuditSignedOut         AuditAction = "console.signedOut"
	AuditSessionsEnded     AuditAction = "console.sessionsEnded" // Count sessions
	AuditWebhookRotated    AuditAction = "webhook.rotated"       // another secret
	AuditWebhookSecretRead AuditAction = "webhook.secretRead"    // shown once
	AuditWebhookEnabled    AuditAction = "webhook.enabled"
	AuditWebhookReplayed   AuditAction = "webhook.replayed" // Count dead deliveries
	AuditWebhookTested     AuditAction = "webhook.tested"
	AuditSettingsChanged   AuditAction = "settings.changed"
	AuditSettingsRead      AuditAction = "settings.read"
	AuditSecretChanged     AuditAction = "secret.changed" // rekey
	AuditSecretRead        AuditAction = "secret.read"    // written into a file; Fields name the secret
	AuditSecretForgotten   AuditAction = "secret.forgotten"
	AuditRequestRefused    AuditAction = "request.refused" // Fields name the route; Count requests of a minute
	AuditRowsDeleted       AuditAction = "rows.deleted"    // retention; Count rows of the kind in Fields
	AuditBackupCreated     AuditAction = "backup.created"
	AuditBackupRestored    AuditAction = "backup.restored"
	AuditTombstoneApplied  AuditAction = "tombstone.applied"
	AuditRead              AuditAction = "audit.read"
	AuditExported          AuditAction = "audit.exported"
	AuditVerified          AuditAction = "audit.verified"
	AuditPruned            AuditAction = "audit.pruned"
)

// Act is one thing done, before it is recorded. Its object is CustomerID, or Target and TargetID.
type Act struct {
	OrganizationID string // empty: the deployment
	Action         AuditAction
	CustomerID     string // stored as a keyed hash
	Target         AuditTarget
	TargetID       string   // stored as it is: never that of a person
	Fields         []string // names of members, parameters or kinds; never values
	Count          int      // of rows read, changed or deleted
	Refused        Kind     // the reason of a refused request; empty: done
}

// AuditTarget is the kind of an act's object.
type AuditTarget string

const (
	TargetContact      AuditTarget = "contact"
	TargetKey          AuditTarget = "key"
	TargetOrganization AuditTarget = "organization"
	TargetSecret       AuditTarget = "secret"
	TargetFile         AuditTarget = "file"
	TargetSession      AuditTarget = "session" // an operator's in the console
	TargetWebhook      AuditTarget = "webhook"
)

// AuditRow is one row of the audit. MAC authenticates its content; Sequence and Hash place it in
// the chain of its organization.
type AuditRow struct {
	ID             string
	OrganizationID string
	At             time.Time
	Actor          Actor
	Action         AuditAction
	Target         AuditTarget
	TargetID       string // of a contact: Auditor.ContactHash
	Fields         []string
	Count          int64
	Refused        Kind
	MAC            string // HMAC-SHA-256 of the content, 32 hex digits
	Sequence       int64  // from 1 in each organization; 0 until the row is chained
	Hash           string // 64 hex digits; empty until the row is chained
}

// AuditHead is the state of an organization's chain. The rows up to BaseSequence were pruned.
type AuditHead struct {
	OrganizationID string
	Sequence       int64
	Hash           string
	BaseSequence   int64
	BaseHash       string
	MAC            string // of all others
}

// AuditLink places a row in its chain.
type AuditLink struct {
	ID       string
	Sequence int64
	Hash     string
}

// AuditQuery selects chained rows of one organization in the order of the chain.
type AuditQuery struct {
	OrganizationID string
	After          int64      // Sequence
	From, To       *time.Time // both inclusive
	TargetID       string     // empty: any
	Limit          int
}

// AuditReader reads the audit.
type AuditReader interface {
	// UnchainedAudit returns up to limit rows without a Sequence, in the order of their IDs.
	UnchainedAudit(ctx context.Context, limit int) ([]AuditRow, error)
	// AuditRows returns chained rows.
	AuditRows(ctx context.Context, q AuditQuery) ([]AuditRow, error)
	// AuditHead returns the state of a chain; ErrNotFound if the organization has none.
	AuditHead(ctx context.Context, organizationID string) (*AuditHead, error)
	// AuditChains returns the IDs of the organizations that have a head or rows, in order.
	AuditChains(ctx context.Context) ([]string, error)
}

// AuditAppender appends rows to the audit.
type AuditAppender interface {
	// AppendAudit stores rows that are not yet chained.
	AppendAudit(ctx context.Context, rows ...AuditRow) error
}

// AuditWriter writes the audit. The database refuses every other change of a row.
type AuditWriter interface {
	AuditAppender
	// ChainAudit sets Sequence and Hash of rows that have none; ErrNotFound if one is missing or
	// chained already.
	ChainAudit(ctx context.Context, links []AuditLink) error
	PutAuditHead(ctx context.Context, h AuditHead) error
	// DeleteAudit deletes the organization's rows up to its BaseSequence.
	DeleteAudit(ctx context.Context, organizationID string) error
}

// Auditor makes the rows of the audit and the links of their chains. Its keys come from a secret of
// the deployment: without it, a row can be neither forged nor related to a customer. Its methods
// are safe for concurrent use.
type Auditor struct {
	contacts, rows, chain []byte
	clock                 Clock
}

// AuditKeySize is the length of an Auditor's secret in bytes.
const AuditKeySize = 32

// NewAuditor returns an Auditor for a secret of AuditKeySize bytes.
func NewAuditor(secret []byte, clock Clock) (*Auditor, error) {
	if len(secret) != AuditKeySize {
		return nil, fmt.Errorf("audit key must have %d bytes, not %d", AuditKeySize, len(secret))
	}
	a := &Auditor{clock: clock}
	for _, key := range []struct {
		of   *[]byte
		info string
	}{{&a.contacts, "onramp audit contacts"}, {&a.rows, "onramp audit rows"}, {&a.chain, "onramp audit chain"}} {
		var err error
		if *key.of, err = hkdf.Expand(sha256.New, secret, key.info, sha256.Size); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// ContactHash returns the keyed hash by which rows name a customer.
func (a *Auditor) ContactHash(customerID string) string {
	return hex.EncodeToString(sum(a.contacts, customerID)[:16])
}

// Record appends the acts of the context's actor, in the transaction of the change.
func (a *Auditor) Record(ctx context.Context, tx AuditAppender, acts ...Act) error {
	rows := make([]AuditRow, len(acts))
	for i := range acts {
		rows[i] = a.Row(ActorOf(ctx), &acts[i])
	}
	return tx.AppendAudit(ctx, rows...)
}

// RecordRead appends the acts in a transaction of their own and returns when they are durable.
func (a *Auditor) RecordRead(ctx context.Context, w Writer, acts ...Act) error {
	if len(acts) == 0 {
		return nil
	}
	return w.Write(ctx, func(tx Tx) error { return a.Record(ctx, tx, acts...) })
}

// Row returns the row of an act.
func (a *Auditor) Row(by Actor, act *Act) AuditRow {
	row := AuditRow{
		ID: NewID(), OrganizationID: act.OrganizationID, At: a.clock.Now(), Actor: by, Action: act.Action,
		Target: act.Target, TargetID: act.TargetID, Fields: fieldNames(act.Fields), Count: int64(act.Count),
		Refused: act.Refused,
	}
	if act.CustomerID != "" {
		row.Target, row.TargetID = TargetContact, a.ContactHash(act.CustomerID)
	}
	row.MAC = a.RowMAC(&row)
	return row
}

// fieldNames returns the names without the comma, which separates stored names, and without empty
// ones.
func fieldNames(fields []string) []string {
	var names []string
	for _, f := range fields {
		if f = strings.ReplaceAll(f, ",", ";"); f != "" {
			names = append(names, f)
		}
	}
	return names
}

// RowMAC returns the MAC of the row's content.
func (a *Auditor) RowMAC(r *AuditRow) string {
	parts := append(make([]string, 0, 12+len(r.Fields)), r.ID, r.OrganizationID, number(r.At.UnixMicro()),
		string(r.Actor.Kind), r.Actor.ID, r.Actor.RequestID, string(r.Action), string(r.Target), r.TargetID,
		number(r.Count), string(r.Refused))
	return hex.EncodeToString(sum(a.rows, append(parts, r.Fields...)...)[:16])
}

// First returns the hash before the first row of a chain.
func (a *Auditor) First(organizationID string) string {
	return hex.EncodeToString(sum(a.chain, "first", organizationID))
}

// Next returns the hash of a row that follows the row with the hash previous.
func (a *Auditor) Next(previous, organizationID string, sequence int64, mac string) string {
	return hex.EncodeToString(sum(a.chain, "row", previous, organizationID, number(sequence), mac))
}

// HeadMAC returns the MAC of a head.
func (a *Auditor) HeadMAC(h *AuditHead) string {
	return hex.EncodeToString(sum(a.chain, "head", h.OrganizationID, number(h.Sequence), h.Hash,
		number(h.BaseSequence), h.BaseHash)[:16])
}

func number(n int64) string {
	return string(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// sum returns the HMAC-SHA-256 of the parts, each preceded by its length.
func sum(key []byte, parts ...string) []byte {
	var room [512]byte
	message := room[:0]
	for _, p := range parts {
		message = binary.AppendUvarint(message, uint64(len(p)))
		message = append(message, p...)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(message)
	return mac.Sum(nil)
}
