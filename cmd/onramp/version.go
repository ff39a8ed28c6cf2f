package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"onramp/onboarding/sbom"
)

// buildVersion is the version that release builds set: -ldflags '-X main.buildVersion=v1.2.3'.
var buildVersion string

func versionCommand() *cobra.Command {
	var bill bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of this binary and of its Go toolchain, or its bill of materials",
		Example: `  onramp version --sbom >onramp.cdx.json
  onramp version --sbom ./onramp.exe   # of a build for another platform, of the same release`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if bill {
				return printSBOM(cmd.OutOrStdout(), args)
			}
			if len(args) > 0 {
				return usageError{errors.New("version takes a binary only with --sbom")}
			}
			fmt.Fprintln(cmd.OutOrStdout(), "onramp", version(), runtime.Version())
			return nil
		},
	}
	cmd.Flags().BoolVar(&bill, "sbom", false, "print the bill of materials of this binary: CycloneDX 1.6, JSON")
	return cmd
}

// printSBOM prints the bill of materials of this program, or of the program that args names.
func printSBOM(out io.Writer, args []string) error {
	if len(args) == 0 {
		build, ok := debug.ReadBuildInfo()
		if !ok {
			return errors.New("this binary has no record of its modules: build it with the go command")
		}
		return sbom.Write(out, build, version())
	}
	build, err := buildinfo.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if build.Path != "onramp/cmd/onramp" {
		return fmt.Errorf("%s is a build of %s, not of onramp", args[0], build.Path)
	}
	return sbom.Write(out, build, version())
}

// version returns the version that `onramp version`, the log and onramp_build_info show.
func version() string {
	if buildVersion != "" {
		return buildVersion
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	return versionOf(info)
}

// versionOf returns the module version that the go command recorded: the tag of a checkout, a
// pseudo-version with its commit, or the version given to `go install`. It falls back to the
// commit alone and then to "devel". A plain `go run` records nothing; -buildvcs=true changes that.
func versionOf(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	revision, suffix := "devel", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && s.Value != "":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			suffix = "+dirty"
		}
	}
	return revision + suffix
}
