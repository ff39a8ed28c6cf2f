package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"time"

	"onramp/certs"
	"onramp/onboarding/deployment"
	"onramp/signing"
)

// signer signs the deployment's profiles, with the operator's certificates or with development
// certificates. It reloads them when their files change.
type signer struct {
	live        *signing.Live
	watcher     *certs.Watcher
	development *certs.Development // nil with the operator's own certificates
}

// openSigner loads and checks the signing certificates. Without --signing-cert they are development
// certificates, which the first call creates.
func openSigner(ctx context.Context, f *flags, d *storage, log *slog.Logger) (*signer, error) {
	s := &signer{live: &signing.Live{}}
	certFile, keyFile := f.signingCert, f.signingKey
	if certFile == "" {
		var err error
		if s.development, err = d.developmentPKI(ctx, f); err != nil {
			return nil, err
		}
		certFile, keyFile = s.development.ProfileCert, s.development.ProfileKey
	}
	var roots []*x509.Certificate
	if s.development != nil {
		root, err := anchor(s.development.ProfileRoot, time.Now())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.development.ProfileRoot, err)
		}
		roots = append(roots, root)
	}
	check := func(p *certs.Pair) error { return p.CheckChain(time.Now(), certs.ForSigning, roots...) }
	var err error
	if s.watcher, err = certs.NewWatcher(certFile, keyFile, check, log); err != nil {
		return nil, err
	}
	take := func(p *certs.Pair) error {
		fresh, err := signing.New(p.Key, p.Chain)
		if err != nil {
			return fmt.Errorf("%s: %w", p.CertFile, err)
		}
		s.live.Replace(fresh)
		return nil
	}
	if err := take(s.watcher.Current()); err != nil {
		return nil, err
	}
	s.watcher.OnChange(func(p *certs.Pair) {
		if err := take(p); err != nil {
			log.Error("profile signer reload failed, keeping the current one", "error", err)
		}
	})
	return s, nil
}

// record stores which platforms the signer cannot sign for, now and after each renewal.
func (s *signer) record(ctx context.Context, service *deployment.Deployment, log *slog.Logger) error {
	s.watcher.OnChange(func(*certs.Pair) {
		if err := service.Tenant.RecordSigner(ctx); err != nil {
			log.Error("recording the signer's unsupported platforms failed", "error", err)
		}
	})
	return service.Tenant.RecordSigner(ctx)
}

func (s *signer) run(ctx context.Context) { s.watcher.Run(ctx) }
