package metrics

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onramp/certs"
)

// Certificate is a chain that expires with its first certificate.
type Certificate struct {
	Name    string // CertificateSigner, CertificateRADIUS, CertificateHTTPS or CertificateACME
	Expires time.Time
}

// The names of certificates.
const (
	CertificateSigner = "signer"
	CertificateRADIUS = "radius"
	CertificateHTTPS  = "https" // of files
	CertificateACME   = "acme"  // HTTPS certificates that are renewed by ACME
	trustAnchor       = "trust-anchor"
)

// FirstExpiry returns the time when the first certificate of a PEM file expires.
func FirstExpiry(text []byte) (time.Time, error) {
	all, err := certs.ParseCertificates(text)
	if err != nil {
		return time.Time{}, err
	}
	first := all[0].NotAfter
	for _, c := range all[1:] {
		if c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	return first, nil
}

// certificates returns the days left of the deployment's certificates and of each organization's
// trust anchor.
func (s *States) certificates(ctx context.Context, now time.Time) ([]prometheus.Metric, error) {
	known, failed := s.from.Certificates(ctx)
	var all []prometheus.Metric
	for _, c := range known {
		all = append(all, gauge(daysLeft, days(c.Expires, now), c.Name, ""))
	}
	if s.from.Store == nil {
		return all, failed
	}
	organizations, err := s.from.Store.Organizations(ctx)
	failed = errors.Join(failed, err)
	for _, o := range organizations {
		if o.WiFi.TrustAnchor == "" {
			continue
		}
		expires, err := FirstExpiry([]byte(o.WiFi.TrustAnchor))
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("trust anchor of organization %s: %w", o.ID, err))
			continue
		}
		all = append(all, gauge(daysLeft, days(expires, now), trustAnchor, o.ID))
	}
	return all, failed
}

// days returns the number of whole days: 0 on the last day, and negative after the expiry.
func days(expires, now time.Time) float64 { return math.Floor(expires.Sub(now).Hours() / 24) }
