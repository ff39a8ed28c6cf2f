// Package deployment opens all use cases of one Onramp deployment on one database. Any number of
// processes may open the same database: they are replicas of one deployment.
//
// # Decisions
//
// One master key seals in all processes, and the database names it (see package rekey). Reason: a
// value sealed by one replica must be opened by every other.
//
// The use cases are built here and nowhere else. Reason: their order and their dependencies on
// each other are visible in one function, and tests use the same wiring as the binary.
package deployment

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/audit"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/contacts"
	"onramp/onboarding/forecast"
	"onramp/onboarding/hooks"
	"onramp/onboarding/identity"
	"onramp/onboarding/importing"
	"onramp/onboarding/links"
	"onramp/onboarding/messages"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/rekey"
	"onramp/onboarding/renewal"
	"onramp/onboarding/retention"
	"onramp/onboarding/statistics"
	"onramp/onboarding/tenant"
	"onramp/onboarding/tombstone"
	"onramp/onboarding/turns"
	"onramp/onboarding/verification"
	"onramp/onboarding/visits"
)

// Config holds the settings of a deployment. Store and Sealer are required; Signer is required
// where profiles are handed out, PublicURL where links are made.
type Config struct {
	Store     onboarding.Store
	Sealer    *onboarding.Sealer
	Signer    links.Signer
	Turns     *turns.Queue // of signatures; nil: links.NewTurns
	PublicURL string       // scheme and host
	Name      string       // the externalSource of contacts; empty: contacts.DefaultName
	Now       func() time.Time
	Log       *slog.Logger
	Limits    *access.Limits // nil: access.DefaultLimits
	// PublicRoots stands for the public roots of phones; nil: those of this machine.
	PublicRoots *x509.CertPool
	// UnknownStations is the default period of connections without a known customer; 0: that of
	// onboarding.DefaultRetention.
	UnknownStations time.Duration
	// Probe asks the RADIUS server for verdicts; nil: they rest on the records alone.
	Probe    connectivity.Probe
	Observer Observer // nil: none
	// Replica is the name under which a server publishes its master keys; commands have none.
	Replica string
	// Rekey sets the periods of a change of a secret; zero: the defaults.
	Rekey access.RekeyPeriods
	// Mail and SMS deliver messages; nil: the deployment cannot send by that channel.
	Mail messages.Mailer
	SMS  messages.Texter
	// Webhooks posts events; nil: none is sent. WebhookDelays replaces the delays before the
	// attempts; nil: hooks.Delays.
	Webhooks      hooks.Poster
	WebhookDelays []time.Duration
	// Tombstones is the path of the log of deletions; empty: only the database records them.
	Tombstones string
}

// Observer receives the events of the use cases, for metrics.
type Observer interface {
	hooks.Observer
	links.Observer
	messages.Observer
	radius.Observer
	registration.Observer
	retention.Observer
	verification.Observer
}

// Deployment holds the use cases. They share one database and its secrets.
type Deployment struct {
	Access       *access.Control
	Visits       *visits.Visits
	RADIUS       *radius.AAA
	Links        *links.Links
	Messages     *messages.Outbox
	Webhooks     *hooks.Hooks
	Registration *registration.Registrar
	Imports      *importing.Imports
	Verification *verification.Verifications
	Renewal      *renewal.Renewal
	Contacts     *contacts.Contacts
	Connectivity *connectivity.Connectivity
	Tenant       *tenant.Tenants
	Forecasts    *forecast.Forecasts
	Retention    *retention.Retention
	Statistics   *statistics.Statistics
	Documents    *identity.Documents
	Tombstones   *tombstone.Log
	// Audit records the acts of commands and tasks; use cases record their own.
	Audit    *onboarding.Auditor
	AuditLog *audit.Audit
	// Replica follows changes of the master key in a server; nil in a command.
	Replica *rekey.Replica

	store onboarding.Store
}

// settingDeployment is the setting with the ID of the deployment.
const settingDeployment = tombstone.SettingDeployment

// Open returns the use cases. The first process on a database creates the secrets shared by all
// replicas. Open refuses master keys that do not open the database's secrets.
func Open(ctx context.Context, c Config) (*Deployment, error) {
	clock := onboarding.Clock(c.Now)
	if err := rekey.Bind(ctx, c.Store, c.Sealer, clock, func(tx onboarding.Tx) error {
		return tx.PutSetting(ctx, settingDeployment, onboarding.NewID())
	}); err != nil {
		return nil, err
	}
	id, err := c.Store.Setting(ctx, settingDeployment)
	if err != nil {
		return nil, fmt.Errorf("deployment ID: %w", err)
	}
	d := &Deployment{store: c.Store}
	if d.Tombstones, err = tombstone.Open(ctx, tombstone.Config{
		Store: c.Store, Path: c.Tombstones, Clock: clock, Log: c.Log,
	}); err != nil {
		return nil, err
	}
	c.Store = d.Tombstones.Store()
	if d.Access, err = access.Open(ctx, access.Config{
		Store: c.Store, Sealer: c.Sealer, Clock: clock, Limits: c.Limits, DeploymentID: id,
		Rekey: c.Rekey,
	}); err != nil {
		return nil, err
	}
	d.Audit = d.Access.Auditor()
	if err := rekey.Adopt(ctx, c.Store, c.Sealer, d.Audit, clock); err != nil {
		return nil, err
	}
	if c.Replica != "" {
		d.Replica = rekey.NewReplica(c.Store, c.Sealer, c.Replica, clock, c.Log)
	}
	d.AuditLog = audit.New(audit.Config{Store: c.Store, Auditor: d.Audit, Log: c.Log})
	d.Documents = identity.New(identity.Config{Store: c.Store, Sealer: c.Sealer, Auditor: d.Audit})
	d.Visits = visits.New(visits.Config{Store: c.Store, Clock: clock, Log: c.Log})
	d.RADIUS = radius.New(radius.Config{
		Store: c.Store, Sealer: c.Sealer, Access: d.Access, Visits: d.Visits, Clock: clock, Log: c.Log,
		Observer: c.Observer,
	})
	d.Links = links.New(links.Config{
		Store: c.Store, Sealer: c.Sealer, Access: d.Access, Signer: c.Signer, PublicURL: c.PublicURL,
		Clock: clock, Log: c.Log, Observer: c.Observer, Turns: c.Turns,
	})
	d.Messages = messages.New(messages.Config{
		Store: c.Store, Sealer: c.Sealer, Access: d.Access, Clock: clock, Log: c.Log, Observer: c.Observer,
		Mail: c.Mail, SMS: c.SMS, Addresses: addresses{d},
	})
	d.Registration = registration.New(registration.Config{
		Store: c.Store, Sealer: c.Sealer, Documents: d.Documents, Access: d.Access, Links: d.Links, RADIUS: d.RADIUS,
		Visits: d.Visits, Tombstones: d.Tombstones, Probes: d.store, Clock: clock, Log: c.Log, Observer: c.Observer,
	})
	d.Imports = importing.New(d.Registration)
	d.Verification = verification.New(verification.Config{
		Store: c.Store, Sealer: c.Sealer, Access: d.Access, Registration: d.Registration,
		Messages: codes{d.Messages}, PublicURL: c.PublicURL, Clock: clock, Observer: c.Observer,
	})
	d.Renewal = renewal.New(renewal.Config{
		Store: c.Store, Access: d.Access, Links: d.Links, Messages: d.Messages, Verification: d.Verification,
		Clock: clock, Log: c.Log,
	})
	d.Contacts = contacts.New(contacts.Config{
		Store: c.Store, Documents: d.Documents, Access: d.Access, Name: c.Name, Clock: clock, Log: c.Log,
	})
	if c.PublicRoots == nil {
		c.PublicRoots, _ = x509.SystemCertPool() // without it, forecasts for public roots are unknown
	}
	d.Connectivity = connectivity.New(connectivity.Config{
		Store: c.Store, Access: d.Access, Clock: clock, Log: c.Log, Probe: c.Probe,
		OwnerGone: d.RADIUS.OwnerGone, PublicRoots: c.PublicRoots,
	})
	d.Webhooks = hooks.New(hooks.Config{
		Store: c.Store, Sealer: c.Sealer, Access: d.Access, Poster: c.Webhooks, Delays: c.WebhookDelays,
		Clock: clock, Log: c.Log, Observer: c.Observer,
	})
	d.Tenant = tenant.New(tenant.Config{
		Store: c.Store, Sealer: c.Sealer, Visits: d.Visits, Audit: d.Audit, Signer: c.Signer, Webhooks: d.Webhooks,
		PublicRoots: c.PublicRoots, Clock: clock, Log: c.Log,
	})
	d.Forecasts = forecast.New(forecast.Config{
		Store: c.Store, Audit: d.Audit, PublicRoots: c.PublicRoots, Clock: clock,
	})
	d.Retention = retention.New(retention.Config{
		Store: c.Store, Contacts: d.Registration, Audit: d.Audit, Clock: clock, Log: c.Log, Observer: c.Observer,
		UnknownStations: c.UnknownStations, SettingsID: links.SettingsID, PruneAudit: d.AuditLog.Prune,
	})
	d.Statistics = statistics.New(statistics.Config{Store: c.Store, Access: d.Access, Clock: clock, Log: c.Log})
	return d, nil
}

// Ready reports whether the database can serve requests and has the schema of this binary, and
// whether a server holds the master key that seals.
func (d *Deployment) Ready(ctx context.Context) error {
	if d.Replica != nil {
		if err := d.Replica.Ready(); err != nil {
			return err
		}
	}
	return d.store.Ping(ctx)
}

// PrepareSecrets creates and loads the secrets that requests need, so that the first request does
// not wait for their commits. `onramp freeradius` creates the RADIUS secret (see
// radius.AAA.FreeRADIUSConfigured).
func (d *Deployment) PrepareSecrets(ctx context.Context) error {
	if err := d.RADIUS.PrepareSecrets(ctx); err != nil {
		return err
	}
	if err := d.Messages.PrepareSecrets(ctx); err != nil {
		return err
	}
	if err := d.Verification.PrepareSecrets(ctx); err != nil {
		return err
	}
	return d.Links.PrepareSecrets(ctx)
}
