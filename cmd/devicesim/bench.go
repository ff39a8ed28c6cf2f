package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"onramp/onboarding/devicesim/bench"
)

func benchCommand() *cobra.Command {
	var o bench.Options
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "bench [--short] [--only NAME,...] [--contacts N] [--onramp FILE] [--json]",
		Short: "Measure Onramp on this machine beside its ceilings",
		Long: `Starts Onramp, and FreeRADIUS and PostgreSQL where they are installed, on private ports and in a
temporary folder (TMPDIR selects the file system), and measures one row after another. Where a row has a rate or a
time beside it, both sides run on the same cores in short alternating rounds, and their medians are compared. The
programs of the other side do the least that the figure needs: a bare signature, or one durable insert behind
the same HTTP library.

Prints the machine, the versions, the settings and the table as Markdown, or with --json as JSON. A row whose
program is not installed is printed as "not run". A target that is not met is no failure; the exit code is 1 if
a row failed.

The rows are ` + strings.Join(bench.Names(), ", ") + ".",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := o.Check()
			if err != nil {
				return err
			}
			if o.Self, err = os.Executable(); err != nil {
				return err
			}
			var remove func()
			o.Onramp, remove, err = onrampProgram(cmd, o.Onramp)
			defer remove()
			if err != nil {
				return err
			}
			o.Progress = cmd.ErrOrStderr()
			report, err := bench.Run(cmd.Context(), o)
			if err != nil {
				return failure{err}
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), report)
			} else {
				err = report.WriteMarkdown(cmd.OutOrStdout())
			}
			if err != nil {
				return err
			}
			for _, row := range report.Rows {
				if row.Failed != "" {
					return failure{fmt.Errorf("%s: %s", row.Name, row.Failed)}
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&o.Short, "short", false, "fewer and smaller rounds: the table in three minutes")
	cmd.Flags().StringSliceVar(&o.Only, "only", nil, "`NAME,...` of the rows to run (default all)")
	cmd.Flags().IntVar(&o.Contacts, "contacts", 0, "`N` contacts to search (default 100000, with --short 10000)")
	cmd.Flags().StringVar(&o.Onramp, "onramp", "", "program `FILE` to measure (default beside this one, in PATH, or "+
		"built in the source tree)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// onrampProgram returns the program to measure, and a function that removes it if it was built,
// which is to be called in the case of an error, too.
func onrampProgram(cmd *cobra.Command, given string) (string, func(), error) {
	keep := func() {}
	if given != "" {
		path, err := filepath.Abs(given)
		if err == nil {
			_, err = os.Stat(path)
		}
		if err != nil {
			err = fmt.Errorf("--onramp: %w", err)
		}
		return path, keep, err
	}
	name := "onramp"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), name)
		if _, err := os.Stat(beside); err == nil {
			return beside, keep, nil
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, keep, nil
	}
	if err := exec.CommandContext(cmd.Context(), "go", "list", "onramp/cmd/onramp").Run(); err != nil {
		return "", keep, errors.New("no onramp beside this program or in PATH: --onramp is required")
	}
	folder, err := os.MkdirTemp("", "onramp-bench-built-")
	if err != nil {
		return "", keep, err
	}
	built := filepath.Join(folder, name)
	build := exec.CommandContext(cmd.Context(), "go", "build", "-o", built, "onramp/cmd/onramp")
	build.Stderr = cmd.ErrOrStderr()
	return built, func() { _ = os.RemoveAll(folder) }, build.Run()
}
