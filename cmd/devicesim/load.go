package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"onramp/onboarding/devicesim/journey"
	"onramp/onboarding/devicesim/judge"
)

const (
	defaultDevices     = 100
	defaultConcurrency = 8
	// defaultInProgress is the default of --concurrency with --rate.
	defaultInProgress = 1000
)

func loadCommand() *cobra.Command {
	var crowd journey.Crowd
	var trust, platform, mix string
	var asJSON, asText bool
	cmd := &cobra.Command{
		Use: "load --url LINK [--devices N | --duration D] [--rate PER_SECOND] [--concurrency C] " +
			"[--mix ios=60,android=40] [--trust root.pem] [--json | --text]",
		Short: "Send a crowd of new visitors through a portal and measure it",
		Long: `Runs the journeys of new visitors, each from the portal to the reported installation.

Without --rate C journeys run at a time, and the next begins when one ends. With --rate a journey begins at fixed
intervals, however slow the server is; its duration counts from the planned arrival, so that a wait for a slow
server is not hidden. An arrival that finds C journeys in progress is not started, and counted.

Prints journeys per second, and the percentiles 50, 90, 99 and 99.9 and the maximum of whole journeys and of the
requests of each step, in milliseconds; failures by step and by kind: the HTTP status, with Retry-After apart
("HTTP 503 with Retry-After"), the error of the connection, or the rule by which the phone refused the profile.
The output is JSON, in a terminal text.

The exit code is 1 if a journey failed or was not started; the first failure is printed on standard error.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if crowd.Trust, err = loadTrust(trust); err != nil {
				return err
			}
			if crowd.Platforms, err = platformsOf(platform, mix); err != nil {
				return err
			}
			if err := defaults(cmd, &crowd); err != nil {
				return err
			}
			report, err := journey.Load(cmd.Context(), crowd)
			if err != nil {
				return err
			}
			if asText || !asJSON && isTerminal(cmd.OutOrStdout()) {
				err = report.WriteText(cmd.OutOrStdout())
			} else {
				err = printJSON(cmd.OutOrStdout(), report)
			}
			if err != nil {
				return err
			}
			return failureIn(report)
		},
	}
	cmd.Flags().IntVar(&crowd.Devices, "devices", 0, "`N` visitors (default 100; no limit with --duration)")
	cmd.Flags().DurationVar(&crowd.Duration, "duration", 0,
		"time `D` within which journeys begin, for example 30s or 5m (default no limit)")
	cmd.Flags().Float64Var(&crowd.Rate, "rate", 0, "arrivals `PER_SECOND` (default the next when one ends)")
	cmd.Flags().IntVar(&crowd.Concurrency, "concurrency", 0,
		"`C` journeys at a time (default 8; with --rate at most 1000)")
	cmd.Flags().StringVar(&crowd.Link, "url", "", "portal `LINK`")
	cmd.Flags().StringVar(&platform, "platform", "", "phone, `ios|android` (default both alternately)")
	cmd.Flags().StringVar(&mix, "mix", "", "`SHARES` of phones, for example ios=60,android=40")
	cmd.Flags().StringVar(&trust, "trust", "", "PEM `FILE` with the roots that may sign profiles (default none)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON (default unless in a terminal)")
	cmd.Flags().BoolVar(&asText, "text", false, "print text (default in a terminal)")
	cmd.MarkFlagsMutuallyExclusive("platform", "mix")
	cmd.MarkFlagsMutuallyExclusive("json", "text")
	_ = cmd.MarkFlagRequired("url") // fails only for an unknown flag
	return cmd
}

// platformsOf returns the platforms of --platform or --mix; nil: neither is given.
func platformsOf(platform, mix string) ([]string, error) {
	if mix != "" {
		platforms, err := journey.ParseMix(mix)
		if err != nil {
			return nil, fmt.Errorf("--mix: %w", err)
		}
		return platforms, nil
	}
	switch platform {
	case "":
		return nil, nil
	case judge.IOS, judge.Android:
		return []string{platform}, nil
	}
	return nil, fmt.Errorf("--platform must be ios or android, not %q", platform)
}

// defaults refuses numbers that are not positive and sets those that are not given.
func defaults(cmd *cobra.Command, crowd *journey.Crowd) error {
	given := cmd.Flags().Changed
	switch {
	case given("devices") && crowd.Devices < 1:
		return errors.New("--devices must be at least 1")
	case given("duration") && crowd.Duration <= 0:
		return errors.New("--duration must be positive")
	case given("rate") && !(crowd.Rate > 0): // NaN as well
		return errors.New("--rate must be positive")
	case given("concurrency") && crowd.Concurrency < 1:
		return errors.New("--concurrency must be at least 1")
	}
	if !given("devices") && !given("duration") {
		crowd.Devices = defaultDevices
	}
	if !given("concurrency") {
		crowd.Concurrency = defaultConcurrency
		if crowd.Rate > 0 {
			crowd.Concurrency = defaultInProgress
		}
	}
	return nil
}

// failureIn returns the failure that ends the command with exit code 1, or nil.
func failureIn(report *journey.LoadReport) error {
	switch {
	case report.Failed > 0:
		return failure{errors.New(report.Example)}
	case report.NotStarted > 0:
		return failure{fmt.Errorf("%d arrivals were not started: %d journeys were in progress", report.NotStarted,
			report.Settings.Concurrency)}
	case report.Interrupted:
		return failure{errors.New("interrupted")}
	}
	return nil
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
