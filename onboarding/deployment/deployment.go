// Package deployment opens all use cases of one Onramp deployment on one database. Any number of
// processes may open the same database: they are replicas of one deployment.
package deployment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/contacts"
	"onramp/onboarding/links"
	"onramp/onboarding/radius"
	"onramp/onboarding/registration"
	"onramp/onboarding/tenant"
	"onramp/onboarding/visits"
)

// Config holds the settings of a deployment. Store and Sealer are required; Signer is required where
// profiles are handed out, PublicURL where links are made.
type Config struct {
	Store     onboarding.Store
	Sealer    *onboarding.Sealer
	Signer    links.Signer
	PublicURL string // scheme and host
	Name      string // the externalSource of contacts; empty: contacts.DefaultName
	Now       func() time.Time
	Log       *slog.Logger
	Limits    *access.Limits // nil: access.DefaultLimits
	// UnattributedKept is how long connections of no known customer are kept; 0:
	// contacts.DefaultUnattributedKept.
	UnattributedKept time.Duration
}

// Deployment holds one use case for each room. They share the database and the secrets in it.
type Deployment struct {
	Access       *access.Control
	Visits       *visits.Visits
	RADIUS       *radius.AAA
	Links        *links.Links
	Registration *registration.Registrar
	Contacts     *contacts.Contacts
	Tenant       *tenant.Tenants

	store onboarding.Store
}

// The names of the settings that bind a database to one deployment.
const (
	settingMasterKey  = "master-key-id"
	settingDeployment = "deployment-id"
)

// Open returns the use cases, making the secrets that all replicas share if it is the first process
// on the database. It refuses a master key other than that of the database's secrets.
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
	if d.Access, err = access.Open(ctx, access.Config{
		Store: c.Store, Sealer: c.Sealer, Clock: clock, Limits: c.Limits, DeploymentID: id,
	}); err != nil {
		return nil, err
	}
	d.Visits = visits.New(visits.Config{Store: c.Store, Clock: clock, Log: c.Log})
	d.RADIUS = radius.New(radius.Config{
		Store: c.Store, Sealer: c.Sealer, Access: d.Access, Visits: d.Visits, Clock: clock, Log: c.Log,
	})
	d.Links = links.New(links.Config{
		Store: c.Store, Sealer: c.Sealer, Access: d.Access, Signer: c.Signer, PublicURL: c.PublicURL,
		Clock: clock, Log: c.Log,
	})
	d.Registration = registration.New(registration.Config{
		Store: c.Store, Sealer: c.Sealer, Access: d.Access, Links: d.Links, RADIUS: d.RADIUS,
		Visits: d.Visits, Clock: clock, Log: c.Log,
	})
	d.Contacts = contacts.New(contacts.Config{
		Store: c.Store, Access: d.Access, Name: c.Name, Clock: clock, Log: c.Log,
		UnattributedKept: c.UnattributedKept,
	})
	d.Tenant = tenant.New(tenant.Config{
		Store: c.Store, Sealer: c.Sealer, Visits: d.Visits, Signer: c.Signer, Clock: clock, Log: c.Log,
	})
	return d, nil
}

// bindMasterKey records the master key's ID and makes a deployment ID on the first start, and
// compares the former on each later one.
func bindMasterKey(ctx context.Context, store onboarding.Store, sealer *onboarding.Sealer) error {
	check := func(r onboarding.SecretReader) error {
		id, err := r.Setting(ctx, settingMasterKey)
		if err == nil && id != sealer.KeyID() {
			return fmt.Errorf("the database is sealed under master key %s, but the master key given is %s", id, sealer.KeyID())
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

// Ready reports whether the deployment can work: the database answers, with the schema that this
// binary needs.
func (d *Deployment) Ready(ctx context.Context) error { return d.store.Ping(ctx) }

// PrepareSecrets makes and loads the secrets that requests need, and those of the given names, so
// that the first request of a deployment does not wait for their commits. `onramp freeradius` makes
// the RADIUS secret (see radius.AAA.FreeRADIUSConfigured).
func (d *Deployment) PrepareSecrets(ctx context.Context, more ...string) error {
	for _, name := range more {
		if _, err := d.Access.Secret(ctx, name, access.KeySize); err != nil {
			return err
		}
	}
	if err := d.RADIUS.PrepareSecrets(ctx); err != nil {
		return err
	}
	if err := d.Links.PrepareSecrets(ctx); err != nil {
		return err
	}
	return d.Access.PrepareCursors(ctx)
}
