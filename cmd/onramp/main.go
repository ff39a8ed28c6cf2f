// Command onramp is the backend and the tools that work on its database.
//
// It contains no business rules: it turns flags into the configuration of the packages under
// onboarding, profiles, signing and certs, and their errors into exit codes (0 success, 1 failure,
// 2 wrong usage).
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"os/user"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"onramp/cmd/onramp/terminal"
	"onramp/onboarding"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// standardInput returns the standard input, whose reading ends with the command's context.
func standardInput(cmd *cobra.Command) io.Reader {
	return terminal.Input(cmd.Context(), func() (io.Reader, error) { return cmd.InOrStdin(), nil })
}

// usageError is an error in the command line itself; the exit code is 2.
type usageError struct{ error }

// run executes one command line and returns its exit code. Tests call it as main does.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if !errors.Is(err, errNotConnected) { // the verdict on standard output has the state
		fmt.Fprintln(stderr, "onramp:", terminal.VisibleLines(err.Error()))
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return 2
	}
	return 1
}

// newRoot returns the command with all subcommands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "onramp",
		Short: "Onboard phones to secure Wi-Fi: registration, signed profiles, RADIUS",
		Long: "Onboard phones to secure Wi-Fi: registration, signed profiles, RADIUS.\n\n" +
			"Every flag can also be set in the environment: --public-url is ONRAMP_PUBLIC_URL.",
		Example:       "  onramp init\n  onramp apply venue.yaml\n  onramp serve",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetContext(asActor(cmd))
			return flagsFromEnvironment(cmd)
		},
	}
	root.AddCommand(
		serveCommand(), initCommand(), applyCommand(), exportCommand(), keyCommand(), migrateCommand(),
		freeradiusCommand(),
		seedCommand(), monitoringCommand(), doctorCommand(), whyCommand(), radiusCertCommand(), retentionCommand(),
		messagesCommand(), webhookCommand(), linkCommand(), posterCommand(), consoleCommand(),
		importCommand(), vacuumCommand(), backupCommand(), restoreCommand(), rekeyCommand(),
		auditCommand(), healthcheckCommand(), versionCommand(),
	)
	root.InitDefaultCompletionCmd()
	completionExamples(root)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	return root
}

// asActor returns the command's context with the command and the operating system's user as the
// actor of the audit.
func asActor(cmd *cobra.Command) context.Context {
	name := "unknown user"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	path := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
	return onboarding.WithActor(cmd.Context(), onboarding.Actor{
		Kind: onboarding.ActorCommand, ID: path + " by " + name,
	})
}
