package main

import (
	"context"
	"crypto/x509"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/doctor"
)

func doctorCommand() *cobra.Command {
	var f flags
	var radius, tlsCert, tlsKey string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check certificates, trust, platforms, database and RADIUS; exits 1 on failure",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			healthy := false
			err := withService(cmd.Context(), &f, func(d *storage, s *deployment.Deployment) error {
				now := time.Now()
				checks := f.signerChecks(cmd.Context(), d, now)
				if tlsCert != "" {
					checks = append(checks, doctor.Pair("https", tlsCert, tlsKey, certs.ForServer, now))
				}
				checks = append(checks, doctor.Database(s.Ready))
				if file, ok := d.store.(doctor.File); ok {
					checks = append(checks, doctor.DatabaseFile(file))
				}
				secrets := append(d.folder.Secrets(), f.masterKeyFile, f.aaaSecretFile, f.signingKey, tlsKey)
				checks = append(checks, doctor.Permissions(datafolder.Exposed(secrets...)))
				chain, err := radiusChain(cmd.Context(), s)
				if err != nil {
					return err
				}
				checks = append(checks, doctor.Tenants(s.Tenant, now), doctor.RADIUSTrust(s.Tenant, chain, now),
					doctor.RADIUSSecrets(s.RADIUS), doctor.AccessPoints(s.Contacts))
				more, err := radiusChecks(cmd.Context(), s, radius)
				if err != nil {
					return err
				}
				healthy = doctor.Run(cmd.Context(), cmd.OutOrStdout(), append(checks, more...)...)
				return nil
			})
			if err == nil && !healthy {
				err = errors.New("at least one check failed, see above")
			}
			return err
		},
	}
	f.dataFlags(cmd.Flags())
	f.signingFlags(cmd.Flags())
	cmd.Flags().StringVar(&tlsCert, "tls-cert", "", "HTTPS certificate (PEM) to check as well")
	cmd.Flags().StringVar(&tlsKey, "tls-key", "", "private key (PEM) of --tls-cert")
	cmd.Flags().StringVar(&radius, "radius", "127.0.0.1:1812", "address of FreeRADIUS's authentication port")
	return cmd
}

// signerChecks returns the checks of the profile signer and, without --signing-cert, of the
// development certificates.
func (f *flags) signerChecks(ctx context.Context, d *storage, now time.Time) []doctor.Check {
	if f.signingCert != "" {
		return []doctor.Check{doctor.Pair("signer", f.signingCert, f.signingKey, certs.ForSigning, now)}
	}
	pki, err := d.developmentPKI(ctx, f)
	var profileRoot, radiusRoot *x509.Certificate
	if err == nil {
		profileRoot, err = anchor(pki.ProfileRoot, now)
	}
	if err == nil {
		radiusRoot, err = anchor(pki.RADIUSRoot, now)
	}
	if err != nil {
		return []doctor.Check{doctor.Failed("signer", err)}
	}
	return []doctor.Check{
		doctor.Development(pki.ProfileRoot),
		doctor.Pair("signer", pki.ProfileCert, pki.ProfileKey, certs.ForSigning, now, profileRoot),
		doctor.Pair("radius certificate", pki.RADIUSCert, pki.RADIUSKey, certs.ForServer, now, radiusRoot),
	}
}

// radiusChain returns the certificate chain (PEM) that the last `onramp freeradius` configured in
// FreeRADIUS, or nil if that command never ran.
func radiusChain(ctx context.Context, s *deployment.Deployment) ([]byte, error) {
	text, err := s.Access.Setting(ctx, onboarding.SettingRADIUSCertificate)
	if errors.Is(err, onboarding.ErrNotFound) {
		return nil, nil
	}
	return []byte(text), err
}

// anchor reads a root certificate from a PEM file.
func anchor(file string, now time.Time) (*x509.Certificate, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return certs.ParseAnchor(text, now)
}

// radiusChecks returns the checks that FreeRADIUS answers and that serve's AAA listener answers.
func radiusChecks(ctx context.Context, s *deployment.Deployment, address string) ([]doctor.Check, error) {
	url, err := s.Access.Setting(ctx, settingAAAURL)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return nil, err
	}
	var secret []byte
	if configured, err := s.RADIUS.FreeRADIUSConfigured(ctx); err != nil {
		return nil, err
	} else if configured {
		text, err := s.RADIUS.Secret(ctx)
		if err != nil {
			return nil, err
		}
		secret = []byte(text)
	}
	return []doctor.Check{doctor.AAA(url), doctor.RADIUS(address, secret)}, nil
}
