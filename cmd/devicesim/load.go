package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"onramp/onboarding/devicesim"
)

func loadCommand() *cobra.Command {
	var crowd devicesim.Crowd
	var trust, platform string
	cmd := &cobra.Command{
		Use:   "load --devices N --concurrency C --url LINK [--trust root.pem] [--platform ios|android]",
		Short: "Send a crowd of new people through a portal and print how it went",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if crowd.Trust, err = loadTrust(trust); err != nil {
				return err
			}
			switch platform {
			case "":
			case devicesim.IOS, devicesim.Android:
				crowd.Platforms = []string{platform}
			default:
				return fmt.Errorf("--platform is ios or android, not %q", platform)
			}
			report, err := devicesim.Load(cmd.Context(), crowd)
			if err != nil {
				return err
			}
			if err := printJSON(cmd.OutOrStdout(), report); err != nil {
				return err
			}
			if report.Failed > 0 {
				return failure{errors.New(report.Example)}
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&crowd.Devices, "devices", 100, "how many people")
	cmd.Flags().IntVar(&crowd.Concurrency, "concurrency", 8, "how many at once")
	cmd.Flags().StringVar(&crowd.Link, "url", "", "a portal link")
	cmd.Flags().StringVar(&platform, "platform", "", "only this phone; alternately both when not given")
	cmd.Flags().StringVar(&trust, "trust", "", "PEM file of the roots that may sign profiles")
	_ = cmd.MarkFlagRequired("url") // fails only for an unknown flag
	return cmd
}
