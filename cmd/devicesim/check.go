package main

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
)

// platformList lists the names of all platforms.
var platformList = strings.Join(platforms.Platforms(), ", ")

func checkCommand() *cobra.Command {
	var platform, trust string
	cmd := &cobra.Command{
		Use:   "check --platform P [--trust root.pem] FILE",
		Short: "Say whether a device takes a profile, and by which rule it does not",
		Long: `Reads FILE (- is standard input) as the platform would, and prints the verdict with what the device understood. What is refused, and
what is odd, is told on standard error with the rule's name; devicesim rules explains them. Platforms:
` + platformList + ".",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			roots, err := loadTrust(trust)
			if err != nil {
				return err
			}
			file, err := readFile(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			verdict, err := platforms.Check(platform, file, judge.Options{Trust: roots})
			if err != nil {
				return fmt.Errorf("%w; the platforms are %s", err, platformList)
			}
			for _, w := range verdict.Warnings {
				fmt.Fprintln(cmd.ErrOrStderr(), "warning:", w)
			}
			for _, r := range verdict.Refusals {
				fmt.Fprintln(cmd.ErrOrStderr(), "refused:", r)
			}
			if err := printJSON(cmd.OutOrStdout(), verdict); err != nil {
				return err
			}
			if !verdict.Accepted {
				return errRefused
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&platform, "platform", "", "the platform `P` that the file is for")
	cmd.Flags().StringVar(&trust, "trust", "", "PEM `FILE` of the roots that may sign profiles; none when not given")
	_ = cmd.MarkFlagRequired("platform") // fails only for an unknown flag
	return cmd
}

func rulesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rules",
		Short: "List every rule: its name, what it says, and what a device does when it is broken",
		Long:  "Lists every rule of check, sorted by name. The names are stable. Breaking a rule with warning: true leaves the file accepted.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printJSON(cmd.OutOrStdout(), judge.Rules())
		},
	}
}

// loadTrust returns nil for an empty name: the device then has no roots.
func loadTrust(name string) (*x509.CertPool, error) {
	if name == "" {
		return nil, nil
	}
	return judge.LoadTrust(name)
}

// readFile reads a profile of at most one byte above the limit, which is enough to refuse it.
func readFile(stdin io.Reader, name string) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, judge.MaxFile+1))
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
