package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"onramp/onboarding/devicesim/journey"
	"onramp/onboarding/devicesim/judge"
)

func loadCommand() *cobra.Command {
	var crowd journey.Crowd
	var trust, platform string
	cmd := &cobra.Command{
		Use:   "load --devices N --concurrency C --url LINK [--trust root.pem] [--platform ios|android]",
		Short: "Send a crowd of new visitors through a portal and measure it",
		Long: `Runs the journeys of N new visitors, C at a time, each from the portal to the reported installation.
Prints journeys per second, p50 and p99 in milliseconds, and failures by step. If a journey fails, the exit code
is 1 and the first failure is printed on standard error.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if crowd.Trust, err = loadTrust(trust); err != nil {
				return err
			}
			switch platform {
			case "":
			case judge.IOS, judge.Android:
				crowd.Platforms = []string{platform}
			default:
				return fmt.Errorf("--platform must be ios or android, not %q", platform)
			}
			report, err := journey.Load(cmd.Context(), crowd)
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
	cmd.Flags().IntVar(&crowd.Devices, "devices", 100, "`N` visitors")
	cmd.Flags().IntVar(&crowd.Concurrency, "concurrency", 8, "`C` journeys at a time")
	cmd.Flags().StringVar(&crowd.Link, "url", "", "portal `LINK`")
	cmd.Flags().StringVar(&platform, "platform", "", "phone, `ios|android` (default both alternately)")
	cmd.Flags().StringVar(&trust, "trust", "", "PEM `FILE` with the roots that may sign profiles (default none)")
	_ = cmd.MarkFlagRequired("url") // fails only for an unknown flag
	return cmd
}
