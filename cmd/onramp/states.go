package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/deployment"
	"onramp/onboarding/metrics"
	"onramp/onboarding/radius/freeradius"
)

// states returns the collector of the states that a scrape reads.
func (f *serveFlags) states(
	d *storage, s *deployment.Deployment, signer *signer, https https, log *slog.Logger,
) *metrics.States {
	from := metrics.Sources{
		Store: d.store, Log: log,
		Certificates: func(ctx context.Context) ([]metrics.Certificate, error) {
			all := []metrics.Certificate{
				{Name: metrics.CertificateSigner, Expires: signer.watcher.Current().Expires()},
			}
			if https != nil {
				all = append(all, metrics.Certificate{Name: metricOf(https), Expires: https.Expires()})
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
		Keys: func(ctx context.Context) ([]onboarding.KeyAge, error) {
			return keyAges(ctx, &f.flags, d, s, signer.watcher.Current().Chain[0].NotBefore)
		},
		FormerSecret: func(ctx context.Context) (time.Time, error) { return formerSecretEnd(ctx, s) },
		Backup:       func(ctx context.Context) (time.Time, error) { return lastBackup(ctx, d.store) },
		Backlog:      func(ctx context.Context) (*metrics.Backlog, error) { return f.backlog(ctx, s) },
		Signing:      func() metrics.Signing { return metrics.Signing(s.Links.Signing()) },
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

// keyAges returns the ages of the keys in use. signerSince is the begin of the signer's
// certificate; zero: not known. The AAA secret of a file is as old as the file.
func keyAges(
	ctx context.Context, f *flags, d *storage, s *deployment.Deployment, signerSince time.Time,
) ([]onboarding.KeyAge, error) {
	masters, err := d.store.MasterKeys(ctx)
	if err != nil {
		return nil, err
	}
	master := onboarding.KeyAge{Kind: onboarding.KeyMaster}
	for _, k := range masters {
		if k.ID == d.sealer.KeyID() {
			master.Created = k.Since
		}
	}
	ages := []onboarding.KeyAge{master}
	created, err := s.Access.SecretsCreated(ctx)
	if err != nil {
		return nil, err
	}
	for _, kind := range access.RotatingSecrets() {
		at := created[kind]
		if kind == access.SecretAAA && at.IsZero() {
			if file, err := os.Stat(d.folder.AAASecretFile(f.aaaSecretFile).Path()); err == nil {
				at = file.ModTime()
			}
		}
		ages = append(ages, onboarding.KeyAge{Kind: string(kind), Created: at})
	}
	keys, err := d.store.ServiceKeys(ctx, "")
	if err != nil {
		return nil, err
	}
	client := onboarding.KeyAge{Kind: onboarding.KeyClient}
	for _, k := range keys {
		since := k.SecretSince()
		works := k.Revoked == nil && !k.Expired(onboarding.Clock(clock).Now())
		if works && (client.Created.IsZero() || since.Before(client.Created)) {
			client.Created = since
		}
	}
	return append(ages, client, onboarding.KeyAge{Kind: onboarding.KeySigner, Created: signerSince}), nil
}

// formerSecretEnd returns the end of the former AAA secret if FreeRADIUS used it within the last
// hour, or has not used the new one; zero otherwise.
func formerSecretEnd(ctx context.Context, s *deployment.Deployment) (time.Time, error) {
	changes, err := secretChanges(s)(ctx)
	if err != nil {
		return time.Time{}, err
	}
	now := onboarding.Clock(clock).Now()
	for _, c := range changes {
		if c.Kind == string(access.SecretAAA) && (c.NewestUsed.IsZero() || now.Sub(c.FormerUsed) < time.Hour) {
			return c.Ends, nil
		}
	}
	return time.Time{}, nil
}

// backlog returns the state of the accounting folder of --freeradius-dir, or of the last
// `onramp freeradius`; nil if there is none on this machine.
func (f *serveFlags) backlog(ctx context.Context, s *deployment.Deployment) (*metrics.Backlog, error) {
	folder := f.radiusFolder
	if folder == "" {
		var err error
		folder, err = s.Access.Setting(ctx, onboarding.SettingRADIUSFolder)
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
