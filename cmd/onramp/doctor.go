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
	"onramp/onboarding/doctor"
	"onramp/templates"
)

func doctorCommand() *cobra.Command {
	var f flags
	var radius, tlsCert, tlsKey string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is wrong: certificates, trust, platforms, database, RADIUS; ends 1 if anything fails",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			healthy := false
			err := withService(cmd.Context(), &f, func(d *deployment, s *onboarding.Service) error {
				now := time.Now()
				checks, err := f.signerChecks(d, now)
				if err != nil {
					return err
				}
				if tlsCert != "" {
					checks = append(checks, doctor.Pair("https", tlsCert, tlsKey, certs.ForServer, now))
				}
				checks = append(checks, doctor.Database(s.Ready), doctor.Tenants(s, now), doctor.AccessPoints(s))
				more, err := radiusChecks(cmd.Context(), s, radius)
				if err != nil {
					return err
				}
				healthy = doctor.Run(cmd.Context(), cmd.OutOrStdout(), append(checks, more...)...)
				return nil
			})
			if err == nil && !healthy {
				err = errors.New("something fails: see the lines above")
			}
			return err
		},
	}
	f.dataFlags(cmd.Flags())
	f.signingFlags(cmd.Flags())
	cmd.Flags().StringVar(&tlsCert, "tls-cert", "", "also check this HTTPS certificate")
	cmd.Flags().StringVar(&tlsKey, "tls-key", "", "and its key")
	cmd.Flags().StringVar(&radius, "radius", "127.0.0.1:1812", "where FreeRADIUS answers authentication")
	return cmd
}

// signerChecks look at the profile signer, and at the development PKI where that is in use.
func (f *flags) signerChecks(d *deployment, now time.Time) ([]doctor.Check, error) {
	if f.signingCert != "" {
		return []doctor.Check{doctor.Pair("signer", f.signingCert, f.signingKey, certs.ForSigning, now)}, nil
	}
	pki, err := certs.EnsureDevelopment(d.folder.PKI(), now, templates.DemoServerName)
	if err != nil {
		return nil, err
	}
	profileRoot, err := anchor(pki.ProfileRoot, now)
	if err != nil {
		return nil, err
	}
	radiusRoot, err := anchor(pki.RADIUSRoot, now)
	if err != nil {
		return nil, err
	}
	return []doctor.Check{
		doctor.Development(pki.ProfileRoot),
		doctor.Pair("signer", pki.ProfileCert, pki.ProfileKey, certs.ForSigning, now, profileRoot),
		doctor.Pair("radius certificate", pki.RADIUSCert, pki.RADIUSKey, certs.ForServer, now, radiusRoot),
	}, nil
}

// anchor reads a root from a file.
func anchor(file string, now time.Time) (*x509.Certificate, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return certs.ParseAnchor(text, now)
}

// radiusChecks look at both ends of the way between FreeRADIUS and serve.
func radiusChecks(ctx context.Context, s *onboarding.Service, address string) ([]doctor.Check, error) {
	url, err := s.Setting(ctx, settingAAAURL)
	if err != nil && !errors.Is(err, onboarding.ErrNotFound) {
		return nil, err
	}
	var secret []byte
	if configured, err := s.FreeRADIUSConfigured(ctx); err != nil {
		return nil, err
	} else if configured {
		text, err := s.RADIUSSecret(ctx)
		if err != nil {
			return nil, err
		}
		secret = []byte(text)
	}
	return []doctor.Check{doctor.AAA(url), doctor.RADIUS(address, secret)}, nil
}
