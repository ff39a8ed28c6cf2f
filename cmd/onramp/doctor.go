package main

import (
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"onramp/certs"
	"onramp/onboarding"
	"onramp/onboarding/access"
	"onramp/onboarding/datafolder"
	"onramp/onboarding/deployment"
	"onramp/onboarding/doctor"
	"onramp/onboarding/store"
)

func doctorCommand() *cobra.Command {
	var f flags
	var r radiusFlags
	var m messageFlags
	var on signOnFlags
	var a acmeFlags
	var tlsCert, tlsKey string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check certificates, trust, platforms, database and RADIUS; exits 1 on failure",
		Long: "Check certificates, trust, platforms, database and RADIUS: one line per check, exits 1 on failure.\n\n" +
			"The RADIUS server is checked by an EAP handshake for each organization with the settings of its\n" +
			"phones, up to the server's certificate, and with --credential by a whole authentication.\n" +
			"FreeRADIUS's address, certificate and secret are those of the last `onramp freeradius`.",
		Example: "  onramp doctor\n" +
			"  onramp doctor --credential",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.check(); err != nil {
				return err
			}
			healthy := false
			err := withService(cmd.Context(), &f, func(d *storage, s *deployment.Deployment) error {
				now := onboarding.Clock(clock).Now()
				chain, err := radiusChain(cmd.Context(), s)
				if err != nil {
					return err
				}
				pki, err := f.doctorPKI(cmd.Context(), d)
				checks := f.signerChecks(pki, err, now, chain == nil)
				checks = append(checks, on.checks()...)
				if file, ok := d.store.(doctor.File); ok {
					checks = append(checks, doctor.DatabaseFile(file))
				}
				of := checked{flags: &f, messages: &m, signOn: &on, acme: &a, tlsCert: tlsCert, tlsKey: tlsKey}
				checks = append(checks, of.checks(d, s, now, f.signerSince(cmd.Context(), d))...)
				checks = append(checks, doctor.Quirks(d.store, now))
				checks = append(checks, m.checks(s.Tenant)...)
				more, err := r.checks(cmd.Context(), s, now)
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
	f.tombstonesFlag(cmd.Flags())
	f.signingFlags(cmd.Flags())
	cmd.Flags().StringVar(&tlsCert, "tls-cert", "", "HTTPS certificate (PEM) to check as well")
	cmd.Flags().StringVar(&tlsKey, "tls-key", "", "private key (PEM) of --tls-cert")
	a.add(cmd.Flags())
	r.add(cmd.Flags())
	m.add(cmd.Flags())
	on.add(cmd.Flags())
	return cmd
}

// checked holds the settings that the checks of doctor and of a running server need.
type checked struct {
	flags           *flags
	messages        *messageFlags
	signOn          *signOnFlags
	acme            *acmeFlags
	tlsCert, tlsKey string
}

// checks returns the checks that doctor and a running server make: those that cost little and ask
// no other server. signerSince is the begin of the signer's certificate; zero: not known.
func (c *checked) checks(
	d *storage, s *deployment.Deployment, now, signerSince time.Time,
) (checks []doctor.Check) {
	f := c.flags
	if c.tlsCert != "" {
		checks = append(checks, doctor.Pair("https", c.tlsCert, c.tlsKey, certs.ForServer, now))
	}
	checks = append(append(checks, c.acme.checks(d, now)...), doctor.Database(s.Ready))
	path := ""
	if _, ok := d.store.(doctor.File); ok {
		path = f.databaseIn(d.folder)
		checks = append(checks, doctor.Disk(func() (uint64, bool) { return store.FreeSpace(filepath.Dir(path)) }))
	}
	secrets := append(d.folder.Secrets(), f.masterKeyFile, f.aaaSecretFile, f.signingKey, c.tlsKey,
		c.messages.passwordFile, c.messages.gateway, c.signOn.secretFile)
	return append(checks,
		doctor.Documents(d.store), doctor.Budgets(d.store), doctor.Tombstones(s.Tombstones, path),
		doctor.Backup(func(ctx context.Context) (time.Time, error) { return lastBackup(ctx, d.store) }, now),
		doctor.ClientKeys(d.store, now), doctor.Changes(secretChanges(s)),
		doctor.KeyAges(func(ctx context.Context) ([]onboarding.KeyAge, error) {
			return keyAges(ctx, f, d, s, signerSince)
		}, now),
		doctor.Permissions(datafolder.Exposed(secrets...)),
		doctor.Tenants(s.Tenant, now), doctor.RADIUSSecrets(s.RADIUS), doctor.AccessPoints(s.Contacts),
		doctor.Webhooks(d.store, now))
}

// signerSince returns the begin of the signer's certificate, or zero if it cannot be read: the
// check of the signer reports the reason.
func (f *flags) signerSince(ctx context.Context, d *storage) time.Time {
	file := f.signingCert
	if file == "" {
		pki, err := d.developmentPKI(ctx, f)
		if err != nil {
			return time.Time{}
		}
		file = pki.ProfileCert
	}
	chain, err := certs.LoadCertificates(file)
	if err != nil || len(chain) == 0 {
		return time.Time{}
	}
	return chain[0].NotBefore
}

// secretChanges returns a reader of the changes of secrets that are in progress.
func secretChanges(s *deployment.Deployment) func(ctx context.Context) ([]doctor.SecretChange, error) {
	return func(ctx context.Context) (changes []doctor.SecretChange, err error) {
		for _, kind := range access.RotatingSecrets() {
			versions, err := s.Access.SecretVersions(ctx, kind)
			if err != nil {
				return nil, err
			}
			for _, v := range versions {
				if !kind.Sent() || v.State != access.SecretAccepted {
					continue
				}
				newest := versions[len(versions)-1]
				changes = append(changes, doctor.SecretChange{
					Kind: string(kind), Former: v.Name, Newest: newest.Name, Ends: v.Ends,
					FormerUsed: v.Used, FormerUsedBy: v.UsedBy, NewestUsed: newest.Used,
				})
			}
		}
		return changes, nil
	}
}

// doctorPKI returns the development certificates, nil with --signing-cert.
func (f *flags) doctorPKI(ctx context.Context, d *storage) (*certs.Development, error) {
	if f.signingCert != "" {
		return nil, nil
	}
	return d.developmentPKI(ctx, f)
}

// signerChecks returns the checks of the profile signer and, without --signing-cert, of the
// development certificates; err is the reason why there are none. That of the RADIUS server is
// included if it will be the default, because `onramp freeradius` has not run yet.
func (f *flags) signerChecks(pki *certs.Development, err error, now time.Time, radius bool) []doctor.Check {
	if f.signingCert != "" {
		return []doctor.Check{doctor.Pair("signer", f.signingCert, f.signingKey, certs.ForSigning, now)}
	}
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
	checks := []doctor.Check{
		doctor.Development(pki.ProfileRoot),
		doctor.Pair("signer", pki.ProfileCert, pki.ProfileKey, certs.ForSigning, now, profileRoot),
	}
	if radius {
		checks = append(checks,
			doctor.Pair("radius certificate", pki.RADIUSCert, pki.RADIUSKey, certs.ForServer, now, radiusRoot))
	}
	return checks
}

// anchor reads a root certificate from a PEM file.
func anchor(file string, now time.Time) (*x509.Certificate, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return certs.ParseAnchor(text, now)
}
