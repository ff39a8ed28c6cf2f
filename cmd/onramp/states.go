package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/metrics"
	"onramp/onboarding/radius/freeradius"
)

// states returns the collector of the states that a scrape reads.
func (f *serveFlags) states(
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
		Backup:  func(ctx context.Context) (time.Time, error) { return lastBackup(ctx, d.store) },
		Backlog: func(ctx context.Context) (*metrics.Backlog, error) { return f.backlog(ctx, s) },
		Tombstones: func() metrics.Tombstones {
			return metrics.Tombstones(*s.Tombstones.Activity()) // serve always has a file
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

// backlog returns the state of the accounting folder of --freeradius-dir, or of the last
// `onramp freeradius`; nil if there is none on this machine.
func (f *serveFlags) backlog(ctx context.Context, s *deployment.Deployment) (*metrics.Backlog, error) {
	folder := f.radiusFolder
	if folder == "" {
		var err error
		folder, err = s.Access.Setting(ctx, settingRADIUSFolder)
		if errors.Is(err, onboarding.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
	b, err := freeradius.ReadBacklog(folder)
	return (*metrics.Backlog)(b), err
}
