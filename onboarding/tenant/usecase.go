// Package tenant checks, plans, applies and exports the declarations of organizations. Package
// tenantfile reads and writes their YAML form.
package tenant

import (
	"context"
	"crypto/x509"
	"log/slog"

	"onramp/onboarding"
	"onramp/onboarding/visits"
)

// Store is the storage that tenants use.
type Store interface {
	onboarding.OrganizationReader
	onboarding.SecretReader
	onboarding.Writer
}

// XMLSigner reports whether the deployment can sign XML documents.
type XMLSigner interface {
	// XMLRefusal returns the reason, in a sentence for people, why the key cannot sign an XML
	// document; empty when it can.
	XMLRefusal() string
}

// Webhooks makes the secrets of declared webhooks.
type Webhooks interface {
	Declare(ctx context.Context, tx onboarding.Tx, o *onboarding.Organization) error
}

// Config holds the dependencies of Tenants. Store, Sealer, Visits and Audit are required; without a
// Signer the refusal that the last serve recorded holds.
type Config struct {
	Store  Store
	Sealer *onboarding.Sealer
	Visits *visits.Visits
	Audit  *onboarding.Auditor
	Signer XMLSigner
	// Webhooks is required.
	Webhooks Webhooks
	// PublicRoots stands for the public roots of the phones; see trust.Server.
	PublicRoots *x509.CertPool
	Clock       onboarding.Clock
	Log         *slog.Logger
}

// Tenants checks, applies and exports the declarations of organizations. Its methods are safe for
// concurrent use.
type Tenants struct {
	store       Store
	sealer      *onboarding.Sealer
	visits      *visits.Visits
	audit       *onboarding.Auditor
	signer      XMLSigner
	webhooks    Webhooks
	publicRoots *x509.CertPool
	clock       onboarding.Clock
	log         *slog.Logger
}

// New returns the use case.
func New(c Config) *Tenants {
	return &Tenants{
		store: c.Store, sealer: c.Sealer, visits: c.Visits, audit: c.Audit, signer: c.Signer,
		webhooks: c.Webhooks,
		clock:    c.Clock, publicRoots: c.PublicRoots,
		log: onboarding.LogOrDiscard(c.Log),
	}
}
