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
		Short: "Judge a profile as a device does, with every broken rule",
		Long: `Judges FILE (- for standard input) as the platform does. Prints the verdict with the content as
the device reads it. Refusals and warnings are also printed on standard error, with the names of their rules;
see devicesim rules. Platforms:
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
	cmd.Flags().StringVar(&platform, "platform", "", "platform `P` of the file")
	cmd.Flags().StringVar(&trust, "trust", "", "PEM `FILE` with the roots that may sign profiles (default none)")
	_ = cmd.MarkFlagRequired("platform") // fails only for an unknown flag
	return cmd
}

func rulesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "rules",
		Short: "List every rule with its requirement and the effect of breaking it",
		Long: "Lists every rule of check, sorted by name. The names are stable. A file that breaks a rule with\n" +
			"\"warning\": true is accepted.",
		Args: cobra.NoArgs,
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
