package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// buildVersion is the version that release builds set: -ldflags '-X main.buildVersion=v1.2.3'.
var buildVersion string

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this binary and of its Go toolchain",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprintln(cmd.OutOrStdout(), "onramp", version(), runtime.Version())
			return nil
		},
	}
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
