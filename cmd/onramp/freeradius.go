package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
	"onramp/onboarding/radius/freeradius"
)

// settingRADIUSChain is the certificate chain (PEM) that phones see from the FreeRADIUS that was
// configured last.
const settingRADIUSChain = "radius-certificate"

func recordChain(ctx context.Context, s *deployment.Deployment, file string) error {
	chain, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return s.Access.PutSetting(ctx, settingRADIUSChain, string(chain))
}

func freeradiusCommand() *cobra.Command {
	var f flags
	var o freeradius.Options
	cmd := &cobra.Command{
		Use:   "freeradius DIR",
		Short: "Write a FreeRADIUS configuration that asks this deployment; start it with freeradius -d DIR",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (o.EAPCert == "") != (o.EAPKey == "") {
				return usageError{errors.New("--eap-cert and --eap-key go together")}
			}
			return withService(cmd.Context(), &f, func(d *storage, s *deployment.Deployment) error {
				var err error
				if o.Dir, err = filepath.Abs(args[0]); err != nil {
					return err
				}
				if o.AAASecret, err = d.folder.AAASecret(f.aaaSecretFile); err != nil {
					return err
				}
				if o.AAAURL == "" {
					if o.AAAURL, err = s.Access.Setting(cmd.Context(), settingAAAURL); errors.Is(err,
						onboarding.ErrNotFound) {
						return errors.New("no serve has run on this database yet, so its AAA address is not known: " +
							"give --aaa-url")
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
				if err := freeradius.Write(cmd.Context(), s.RADIUS, o); err != nil {
					return err
				}
				if err := recordChain(cmd.Context(), s, filepath.Join(o.Dir, "certs", "server.pem")); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Start it with: freeradius -f -d %s\nThe secret of access points "+
					"without one of their own: %s\n", o.Dir, filepath.Join(o.Dir, "radius-secret"))
				return nil
			})
		},
	}
	set := cmd.Flags()
	f.dataFlags(set)
	f.aaaSecretFlag(set)
	set.IntVar(&o.AuthPort, "auth-port", 1812, "UDP port for authentication")
	set.IntVar(&o.AcctPort, "acct-port", 1813, "UDP port for accounting")
	set.StringVar(&o.AAAURL, "aaa-url", "", "scheme and host of the AAA listener (default that of the last serve on "+
		"this database)")
	set.StringVar(&o.AAACA, "aaa-ca", "", "PEM of the roots that an https AAA listener is checked against (default "+
		"the system's)")
	set.StringVar(&o.EAPCert, "eap-cert", "",
		"PEM of the certificate that phones see, leaf then intermediates (default the development one)")
	set.StringVar(&o.EAPKey, "eap-key", "", "PEM of its key")
	return cmd
}
