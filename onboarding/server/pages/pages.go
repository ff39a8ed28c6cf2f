package pages

import (
	"context"
	"strings"
	"time"

	"onramp/onboarding/deployment"
)

// Config configures the pages; every field is required.
type Config struct {
	Service *deployment.Deployment
	// PublicURL is where browsers reach the pages: scheme and host, no trailing slash.
	PublicURL string
	Now       func() time.Time
	// Known lists the paths of further pages on the same listener, for the correction of mistyped
	// addresses.
	Known []string
}

// Pages serves the visitor's pages.
type Pages struct {
	service   *deployment.Deployment
	publicURL string
	clock     func() time.Time
	known     []string
	forms     *formSeal
}

// New returns the pages. It creates or reads the key that seals their forms.
func New(ctx context.Context, c Config) (*Pages, error) {
	p := &Pages{
		service: c.Service, publicURL: strings.TrimSuffix(c.PublicURL, "/"), clock: c.Now, known: c.Known,
		forms: &formSeal{service: c.Service},
	}
	if err := c.Service.PrepareSecrets(ctx, formKey); err != nil {
		return nil, err
	}
	if _, err := p.forms.open(ctx); err != nil {
		return nil, err
	}
	return p, nil
}
