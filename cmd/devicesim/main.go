// Command devicesim is a simulated phone. It onboards itself through a portal, judges profiles as a
// device would, joins networks, and drives crowds. The packages below onboarding/devicesim
// implement it.
//
// The exit code is 0 on success, 1 when the device refuses a file or a journey fails, and 2 for
// wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// errRefused ends the command with exit code 1. The findings are printed already.
var errRefused = errors.New("refused")

// failure is an error with exit code 1. All other errors are about usage and have exit code 2.
type failure struct{ error }

func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := &cobra.Command{
		Use:   "devicesim",
		Short: "Simulate phones: onboard, judge profiles, join networks, drive crowds",
		Long: `Simulates phones: signs up at a portal, judges profiles as each platform does, joins networks through
wpa_supplicant, and sends the RADIUS accounting of a day in a venue.

Output is JSON; that of load is text in a terminal. The exit code is 0 on success, 1 if the device refuses a file
or a journey fails (with the reason on standard error), and 2 for wrong usage. Passwords are never printed.`,
		Example: `  LINK=$(jq -r .portalUrl data/demo.json); ROOT=$(jq -r .profileRoot data/demo.json)
  devicesim onboard --platform ios --url "$LINK" --trust "$ROOT" --out phone.mobileconfig
  devicesim check --platform ios --trust "$ROOT" phone.mobileconfig
  devicesim connect --platform ios --trust "$ROOT" --radius 127.0.0.1:1812 \
    --radius-secret-file raddb/radius-secret --sessions 40 phone.mobileconfig
  devicesim load --devices 1000 --concurrency 16 --url "$LINK" --trust "$ROOT"
  devicesim load --rate 20 --duration 1m --mix ios=60,android=40 --url "$LINK" --trust "$ROOT"`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return errors.New("command required: onboard, check, connect, load, bench or rules")
		},
	}
	root.DisableFlagsInUseLine = true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetArgs(args)
	root.AddCommand(onboardCommand(), checkCommand(), connectCommand(), loadCommand(), benchCommand(),
		ceilingCommand(), rulesCommand())
	for _, cmd := range root.Commands() {
		cmd.DisableFlagsInUseLine = true // Use lists the flags
	}
	err := root.ExecuteContext(ctx)
	var fail failure
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errRefused):
		return 1
	case errors.As(err, &fail):
		fmt.Fprintln(stderr, "devicesim:", err)
		return 1
	}
	fmt.Fprintln(stderr, "devicesim:", err)
	fmt.Fprintln(stderr, "Run 'devicesim --help' for usage.")
	return 2
}
