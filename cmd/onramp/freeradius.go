package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/radius/freeradius"
)

// recordRADIUS records the configuration in a folder: its certificate chain, its address for
// programs on the same machine, the ports of its statistics and for accounting, and the folder.
func recordRADIUS(ctx context.Context, s *deployment.Deployment, o freeradius.Options) error {
	chain, err := os.ReadFile(filepath.Join(o.Dir, "certs", "server.pem"))
	if err != nil {
		return err
	}
	address, err := freeradius.Address(o.Dir, o.AuthPort)
	if err != nil {
		return err
	}
	status, err := freeradius.StatusPort(o.Dir)
	if err != nil {
		return err
	}
	for _, setting := range []struct{ name, value string }{
		{onboarding.SettingRADIUSCertificate, string(chain)},
		{onboarding.SettingRADIUSAddress, address},
		{freeradius.SettingStatus, strconv.Itoa(status)},
		{onboarding.SettingRADIUSAccounting, strconv.Itoa(o.AcctPort)},
		{onboarding.SettingRADIUSFolder, o.Dir},
	} {
		if err := s.Access.ChangeSetting(ctx, setting.name, setting.value); err != nil {
			return err
		}
	}
	return nil
}

// printFreeRADIUS prints how to start FreeRADIUS, and the secrets and ports of access points.
func printFreeRADIUS(w io.Writer, dir string, ports []freeradius.Ports) {
	fmt.Fprintf(w, "Start it with: freeradius -f -d %s\n", dir)
	for i, p := range ports {
		which := "Secret"
		if i > 0 {
			which = "Former secret"
		}
		fmt.Fprintf(w, "%s of access points without one of their own: %s, ports %d and %d\n", which,
			filepath.Join(dir, p.File), p.Auth, p.Acct)
	}
}

// currentAAASecret returns the secret that FreeRADIUS shall send to the AAA listener.
func currentAAASecret(ctx context.Context, f *flags, d *storage, s *deployment.Deployment) (string, error) {
	file := d.folder.AAASecretFile(f.aaaSecretFile)
	return s.Access.AAASecret(ctx, func() ([]string, error) {
		if err := file.Create(); err != nil {
			return nil, err
		}
		return file.Read()
	})
}

func freeradiusCommand() *cobra.Command {
	var f flags
	var o freeradius.Options
	cmd := &cobra.Command{
		Use:   "freeradius DIR",
		Short: "Write a FreeRADIUS configuration for this deployment; start it with freeradius -d DIR",
		Example: "  onramp freeradius ./raddb\n" +
			"  onramp freeradius /etc/onramp/raddb --eap-cert radius.pem --eap-key radius.key",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (o.EAPCert == "") != (o.EAPKey == "") {
				return usageError{errors.New("--eap-cert and --eap-key must be given together")}
			}
			return withService(cmd.Context(), &f, func(d *storage, s *deployment.Deployment) error {
				var err error
				if o.Dir, err = filepath.Abs(args[0]); err != nil {
					return err
				}
				if o.AAASecret, err = currentAAASecret(cmd.Context(), &f, d, s); err != nil {
					return err
				}
				if o.AAAURL == "" {
					o.AAAURL, err = s.Access.Setting(cmd.Context(), settingAAAURL)
					if errors.Is(err, onboarding.ErrNotFound) {
						return errors.New("the AAA address is unknown because serve has not run on this " +
							"database yet: set --aaa-url")
					} else if err != nil {
						return err
					}
				}
				if o.EAPCert == "" {
					pki, err := d.developmentPKI(cmd.Context(), &f)
					if err != nil {
						return err
					}
					o.EAPCert, o.EAPKey = pki.RADIUSCert, pki.RADIUSKey
				}
				o.Warn = func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), "warning:", text) }
				ports, err := freeradius.Write(cmd.Context(), s.RADIUS, o)
				if err != nil {
					return err
				}
				if err := recordRADIUS(cmd.Context(), s, o); err != nil {
					return err
				}
				if err := s.Access.RecordRead(cmd.Context(), onboarding.Act{
					Action: onboarding.AuditSecretRead, Target: onboarding.TargetSecret, Fields: []string{"radius"},
				}); err != nil {
					return err
				}
				printFreeRADIUS(cmd.OutOrStdout(), o.Dir, ports)
				return nil
			})
		},
	}
	set := cmd.Flags()
	f.dataFlags(set)
	f.aaaSecretFlag(set)
	set.IntVar(&o.AuthPort, "auth-port", 1812, "UDP port for authentication")
	set.IntVar(&o.AcctPort, "acct-port", 1813, "UDP port for accounting")
	set.StringVar(&o.AAAURL, "aaa-url", "", "URL (scheme and host) of the AAA listener (default that of "+
		"the last server on this database)")
	set.StringVar(&o.AAACA, "aaa-ca", "", "root certificates (PEM) to verify an https AAA listener "+
		"(default the system's)")
	set.StringVar(&o.EAPCert, "eap-cert", "",
		"RADIUS server certificate (PEM), leaf then intermediates (default a development certificate)")
	set.StringVar(&o.EAPKey, "eap-key", "", "private key (PEM) of --eap-cert")
	return cmd
}
