// Package deployment opens all use cases of one Onramp deployment on one database. Any number of
// processes may open the same database: they are replicas of one deployment.
//
// # Decisions
//
// A database accepts one master key only, and Open compares its ID. Reason: with two keys,
// secrets sealed by one replica could not be opened by another.
//
// The use cases are built here and nowhere else. Reason: their order and their dependencies on
// each other are visible in one function, and tests use the same wiring as the binary.
package deployment

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/audit"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/contacts"
	"onramp/onboarding/forecast"
	"onramp/onboarding/identity"
	"onramp/onboarding/links"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/retention"
	"onramp/onboarding/tenant"
	"onramp/onboarding/tombstone"
	"onramp/onboarding/visits"
)

// Config holds the settings of a deployment. Store and Sealer are required; Signer is required
// where profiles are handed out, PublicURL where links are made.
type Config struct {
	Store     onboarding.Store
	Sealer    *onboarding.Sealer
	Signer    links.Signer
	PublicURL string // scheme and host
	Name      string // the externalSource of contacts; empty: contacts.DefaultName
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
	// Tombstones is the path of the log of deletions; empty: only the database records them.
	Tombstones string
}

// Observer receives the events of the use cases, for metrics.
type Observer interface {
	links.Observer
	radius.Observer
	registration.Observer
	retention.Observer
}

// Deployment holds the use cases. They share one database and its secrets.
type Deployment struct {
	Access       *access.Control
	Visits       *visits.Visits
	RADIUS       *radius.AAA
	Links        *links.Links
	Registration *registration.Registrar
	Contacts     *contacts.Contacts
	Connectivity *connectivity.Connectivity
	Tenant       *tenant.Tenants
	Forecasts    *forecast.Forecasts
	Retention    *retention.Retention
	Documents    *identity.Documents
	Tombstones   *tombstone.Log
	// Audit records the acts of commands and tasks; use cases record their own.
	Audit    *onboarding.Auditor
	AuditLog *audit.Audit

	store onboarding.Store
}

// The names of the settings that bind a database to one deployment.
const (
	settingMasterKey  = "master-key-id"
	settingDeployment = tombstone.SettingDeployment
)

// Open returns the use cases. The first process on a database creates the secrets shared by all
// replicas. Open refuses a master key other than the one that sealed the database's secrets.
func Open(ctx context.Context, c Config) (*Deployment, error) {
	if err := bindMasterKey(ctx, c.Store, c.Sealer); err != nil {
		return nil, err
	}
	id, err := c.Store.Setting(ctx, settingDeployment)
	if err != nil {
		return nil, fmt.Errorf("deployment ID: %w", err)
	}
	clock := onboarding.Clock(c.Now)
	d := &Deployment{store: c.Store}
	if d.Tombstones, err = tombstone.Open(ctx, tombstone.Config{
		Store: c.Store, Path: c.Tombstones, Clock: clock, Log: c.Log,
	}); err != nil {
		return nil, err
	}
	c.Store = d.Tombstones.Store()
	if d.Access, err = access.Open(ctx, access.Config{
		Store: c.Store, Sealer: c.Sealer, Clock: clock, Limits: c.Limits, DeploymentID: id,
	}); err != nil {
		return nil, err
	}
	d.Audit = d.Access.Auditor()
	d.AuditLog = audit.New(audit.Config{Store: c.Store, Auditor: d.Audit, Log: c.Log})
	d.Documents = identity.New(identity.Config{Store: c.Store, Sealer: c.Sealer, Auditor: d.Audit})
	d.Visits = visits.New(visits.Config{Store: c.Store, Clock: clock, Log: c.Log})
	d.RADIUS = radius.New(radius.Config{
		Store: c.Store, Sealer: c.Sealer, Access: d.Access, Visits: d.Visits, Clock: clock, Log: c.Log,
		Observer: c.Observer,
	})
	d.Links = links.New(links.Config{
		Store: c.Store, Sealer: c.Sealer, Access: d.Access, Signer: c.Signer, PublicURL: c.PublicURL,
		Clock: clock, Log: c.Log, Observer: c.Observer,
	})
	d.Registration = registration.New(registration.Config{
		Store: c.Store, Sealer: c.Sealer, Documents: d.Documents, Access: d.Access, Links: d.Links, RADIUS: d.RADIUS,
		Visits: d.Visits, Tombstones: d.Tombstones, Probes: d.store, Clock: clock, Log: c.Log, Observer: c.Observer,
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
	d.Tenant = tenant.New(tenant.Config{
		Store: c.Store, Sealer: c.Sealer, Visits: d.Visits, Audit: d.Audit, Signer: c.Signer,
		PublicRoots: c.PublicRoots, Clock: clock, Log: c.Log,
	})
	d.Forecasts = forecast.New(forecast.Config{
		Store: c.Store, Audit: d.Audit, PublicRoots: c.PublicRoots, Clock: clock,
	})
	d.Retention = retention.New(retention.Config{
		Store: c.Store, Contacts: d.Registration, Audit: d.Audit, Clock: clock, Log: c.Log, Observer: c.Observer,
		UnknownStations: c.UnknownStations, SettingsID: links.SettingsID, PruneAudit: d.AuditLog.Prune,
	})
	return d, nil
}

// bindMasterKey stores the master key's ID and a new deployment ID on the first start, and
// compares the key's ID on every later one.
func bindMasterKey(ctx context.Context, store onboarding.Store, sealer *onboarding.Sealer) error {
	check := func(r onboarding.SecretReader) error {
		id, err := r.Setting(ctx, settingMasterKey)
		if err == nil && id != sealer.KeyID() {
			return fmt.Errorf("the database is sealed under master key %s, but the given master key is %s",
				id, sealer.KeyID())
		}
		return err
	}
	err := check(store)
	if !errors.Is(err, onboarding.ErrNotFound) {
		return err
	}
	return store.Write(ctx, func(tx onboarding.Tx) error {
		if err := check(tx); !errors.Is(err, onboarding.ErrNotFound) {
			return err
		}
		if err := tx.PutSetting(ctx, settingDeployment, onboarding.NewID()); err != nil {
			return err
		}
		return tx.PutSetting(ctx, settingMasterKey, sealer.KeyID())
	})
}

// Ready reports whether the database can serve requests and has the schema of this binary.
func (d *Deployment) Ready(ctx context.Context) error { return d.store.Ping(ctx) }

// PrepareSecrets creates and loads the secrets that requests need, so that the first request does
// not wait for their commits. `onramp freeradius` creates the RADIUS secret (see
// radius.AAA.FreeRADIUSConfigured).
func (d *Deployment) PrepareSecrets(ctx context.Context) error {
	if err := d.RADIUS.PrepareSecrets(ctx); err != nil {
		return err
	}
	if err := d.Links.PrepareSecrets(ctx); err != nil {
		return err
	}
	return d.Access.PrepareCursors(ctx)
}
