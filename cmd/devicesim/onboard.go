package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"onramp/onboarding/devicesim"
)

// onboarded is what onboard prints.
type onboarded struct {
	CustomerID string `json:"customerId"`
	Username   string `json:"username"`
	Platform   string `json:"platform"`
	File       string `json:"file"`
}

var extensions = map[string]string{devicesim.IOS: ".mobileconfig", devicesim.Android: ".config"}

func onboardCommand() *cobra.Command {
	var platform, link, trust, out string
	var radius radiusFlags
	cmd := &cobra.Command{
		Use:   "onboard --platform ios|android --url PORTAL_OR_ACTIVATE_LINK [--trust root.pem] [--out FILE] [--radius HOST:PORT --radius-secret-file F]",
		Short: "Play the whole journey of a new person: sign up, download, install, report, and join",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if extensions[platform] == "" {
				return fmt.Errorf("--platform is ios or android, not %q", platform)
			}
			roots, err := loadTrust(trust)
			if err != nil {
				return err
			}
			target, err := radius.target()
			if err != nil {
				return err
			}
			got, err := devicesim.Onboard(cmd.Context(), devicesim.Journey{Platform: platform, Link: link, Trust: roots, RADIUS: target})
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
			return printJSON(cmd.OutOrStdout(), onboarded{CustomerID: got.CustomerID, Username: got.Username, Platform: got.Platform, File: file})
		},
	}
	cmd.Flags().StringVar(&platform, "platform", "", "the phone: ios or android")
	cmd.Flags().StringVar(&link, "url", "", "a portal link, or an activation link")
	cmd.Flags().StringVar(&trust, "trust", "", "PEM file of the roots that may sign profiles")
	cmd.Flags().StringVar(&out, "out", "", "where to keep the profile; a new file in the temporary folder when not given")
	radius.register(cmd)
	for _, name := range []string{"platform", "url"} {
		_ = cmd.MarkFlagRequired(name) // fails only for an unknown flag
	}
	return cmd
}

// keep writes the profile, which holds a password, so that only its owner can read it. It returns the
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
