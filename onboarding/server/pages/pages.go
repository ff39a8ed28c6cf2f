package pages

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"onramp/onboarding/access"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/contacts"
	"onramp/onboarding/grant/unifi"
	"onramp/onboarding/links"
	"onramp/onboarding/registration"
	"onramp/onboarding/statistics"
	"onramp/onboarding/verification"
)

// Config configures the pages; every field is required.
type Config struct {
	Access       *access.Control
	Links        *links.Links
	Registration *registration.Registrar
	Verification *verification.Verifications
	Connectivity *connectivity.Connectivity
	Contacts     *contacts.Contacts
	Statistics   *statistics.Statistics
	// ExportForm returns the JSON form of all data about a contact.
	ExportForm func(*contacts.ContactRecord) any
	// PublicURL is where browsers reach the pages: scheme and host, no trailing slash.
	PublicURL string
	Now       func() time.Time
	Log       *slog.Logger
	// Known lists the paths of further pages on the same listener, for the correction of mistyped
	// addresses.
	Known []string
}

// Pages serves the visitor's pages.
type Pages struct {
	links        *links.Links
	registration *registration.Registrar
	verification *verification.Verifications
	verdicts     *verdicts
	contacts     *contacts.Contacts
	statistics   *statistics.Statistics
	exportForm   func(*contacts.ContactRecord) any
	publicURL    string
	clock        func() time.Time
	known        []string
	forms        *formSeal
	access       *access.Control
	controllers  *unifi.Client
	log          *slog.Logger
}

// New returns the pages. It reads or creates the key that seals their forms.
func New(ctx context.Context, c Config) (*Pages, error) {
	p := &Pages{
		links: c.Links, registration: c.Registration, verification: c.Verification,
		verdicts: newVerdicts(c.Connectivity, c.Now),
		contacts: c.Contacts, statistics: c.Statistics, exportForm: c.ExportForm,
		publicURL: strings.TrimSuffix(c.PublicURL, "/"), clock: c.Now, known: c.Known,
		forms: &formSeal{access: c.Access}, access: c.Access, controllers: unifi.New(), log: c.Log,
	}
	if _, err := p.forms.box(ctx); err != nil {
		return nil, err
	}
	_, _ = pageTemplates(), pageLanguages() // so that no visitor waits for them
	return p, nil
}
