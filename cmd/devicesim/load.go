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
		Short: "Send a crowd of new people through a portal and print how it went",
		Long: `Plays the journeys of N new people, C at once, each from the portal to the reported installation. Prints journeys per second, p50 and
p99 in milliseconds, and failures by the step where they happened; ends 1 when any journey failed, with one failure in full.`,
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
				return fmt.Errorf("--platform is ios or android, not %q", platform)
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
	cmd.Flags().IntVar(&crowd.Devices, "devices", 100, "`N` people")
	cmd.Flags().IntVar(&crowd.Concurrency, "concurrency", 8, "`C` of them at once")
	cmd.Flags().StringVar(&crowd.Link, "url", "", "a portal `LINK`")
	cmd.Flags().StringVar(&platform, "platform", "", "only this phone, `ios|android`; alternately both when not given")
	cmd.Flags().StringVar(&trust, "trust", "", "PEM `FILE` of the roots that may sign profiles; none when not given")
	_ = cmd.MarkFlagRequired("url") // fails only for an unknown flag
	return cmd
}
