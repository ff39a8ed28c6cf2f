package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"onramp/onboarding/devicesim/journey"
	"onramp/onboarding/devicesim/judge"
)

// onboarded is onboard's output.
type onboarded struct {
	CustomerID string `json:"customerId"`
	Username   string `json:"username"`
	Platform   string `json:"platform"`
	File       string `json:"file"`
}

var extensions = map[string]string{judge.IOS: ".mobileconfig", judge.Android: ".config"}

func onboardCommand() *cobra.Command {
	var platform, link, trust, out, codeCommand string
	var radius radiusFlags
	cmd := &cobra.Command{
		Use: "onboard --platform ios|android --url PORTAL_OR_ACTIVATE_LINK [--trust root.pem] [--out FILE] " +
			"[--code-command CMD] [--radius HOST:PORT --radius-secret-file F]",
		Short: "Run the journey of a new visitor: sign up, download, install, report and join",
		Long: `Opens the link as a phone's captive portal window does, signs up as a new visitor, follows to the install
page and, on an iPhone, from the captive sheet to Safari. Then downloads the profile, judges it as the phone does
and reports the installation. With --radius it also authenticates in every network of the profile. The first
expectation that fails ends the journey.

Where the venue verifies addresses, --code-command prints the code that was sent to the visitor: a shell command
with the address in ONRAMP_EMAIL and the number in ONRAMP_PHONE. It is repeated until it prints one, for a minute.

Prints customerId, username, platform and the path of the downloaded profile. The file contains the password and
is readable by its owner only.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if extensions[platform] == "" {
				return fmt.Errorf("--platform must be ios or android, not %q", platform)
			}
			roots, err := loadTrust(trust)
			if err != nil {
				return err
			}
			target, err := radius.target()
			if err != nil {
				return err
			}
			j := journey.Journey{Platform: platform, Link: link, Trust: roots, RADIUS: target}
			if codeCommand != "" {
				j.Code = codeBy(codeCommand)
			}
			got, err := journey.Onboard(cmd.Context(), j)
			if err != nil {
				return failure{err}
			}
			for _, w := range got.Warnings {
				fmt.Fprintln(cmd.ErrOrStderr(), "warning:", w)
			}
			file, err := keep(out, platform, got.File)
			if err != nil {
				return failure{err}
			}
			return printJSON(cmd.OutOrStdout(), onboarded{
				CustomerID: got.CustomerID, Username: got.Username, Platform: got.Platform, File: file,
			})
		},
	}
	cmd.Flags().StringVar(&platform, "platform", "", "phone, `ios|android`")
	cmd.Flags().StringVar(&link, "url", "", "portal `LINK`, or personal link of a registered customer")
	cmd.Flags().StringVar(&trust, "trust", "", "PEM `FILE` with the roots that may sign profiles (default none)")
	cmd.Flags().StringVar(&codeCommand, "code-command", "",
		"shell `CMD` that prints the code sent to $ONRAMP_EMAIL or $ONRAMP_PHONE (default none)")
	cmd.Flags().StringVar(&out, "out", "",
		"`FILE` for the profile (default a new file in the temporary folder)")
	radius.register(cmd)
	for _, name := range []string{"platform", "url"} {
		_ = cmd.MarkFlagRequired(name) // fails only for an unknown flag
	}
	return cmd
}

// keep writes the profile, which holds a password, readable by its owner only. It returns the
// absolute path.
func keep(name, platform string, profile []byte) (string, error) {
	if name == "" {
		f, err := os.CreateTemp("", "onramp-*"+extensions[platform]) // mode 0600
		if err != nil {
			return "", err
		}
		if _, err := f.Write(profile); err != nil {
			_ = f.Close()
			return "", err
		}
		return f.Name(), f.Close()
	}
	if err := os.WriteFile(name, profile, 0o600); err != nil {
		return "", err
	}
	return filepath.Abs(name)
}
