package main

import (
	"context"
	"log/slog"

	"onramp/certs"
	"onramp/onboarding/deployment"
	"onramp/onboarding/metrics"
)

// states returns the collector of the states that a scrape reads.
func states(
	d *storage, s *deployment.Deployment, signer *signer, https *certs.Watcher, log *slog.Logger,
) *metrics.States {
	from := metrics.Sources{
		Store: d.store, Log: log,
		Certificates: func(ctx context.Context) ([]metrics.Certificate, error) {
			all := []metrics.Certificate{
				{Name: metrics.CertificateSigner, Expires: signer.watcher.Current().Expires()},
			}
			if https != nil {
				all = append(all, metrics.Certificate{
					Name: metrics.CertificateHTTPS, Expires: https.Current().Expires(),
				})
			}
			chain, err := radiusChain(ctx, s)
			if err != nil || chain == nil {
				return all, err
			}
			expires, err := metrics.FirstExpiry(chain)
			if err != nil {
				return all, err
			}
			return append(all, metrics.Certificate{Name: metrics.CertificateRADIUS, Expires: expires}), nil
		},
	}
	if sqlite, ok := d.store.(interface{ Queue() (length, most int) }); ok {
		from.WriterQueue = sqlite.Queue
	}
	if postgres, ok := d.store.(interface{ Pool() (used, most int) }); ok {
		from.Pool = postgres.Pool
	}
	return metrics.NewStates(from)
}
