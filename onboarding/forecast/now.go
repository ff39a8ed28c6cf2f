package forecast

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/trust"
)

// Now is the certificate that the RADIUS server has now, with the predictions for the profiles that
// an organization hands out.
type Now struct {
	Chain []*x509.Certificate // its own certificate first
	Today
}

// Now returns the predictions for the certificate that the last `onramp freeradius` recorded; nil
// if none was.
func (f *Forecasts) Now(ctx context.Context, o *onboarding.Organization) (*Now, error) {
	text, err := f.store.Setting(ctx, onboarding.SettingRADIUSCertificate)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	chain, err := certs.ParseCertificates([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("the recorded certificate of the RADIUS server: %w", err)
	}
	r := &run{Forecasts: f, now: f.clock.Now(), server: &trust.Server{Chain: chain, PublicRoots: f.publicRoots}}
	return &Now{Chain: chain, Today: r.today(o)}, nil
}
