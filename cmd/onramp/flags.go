package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flags are what several commands share.
type flags struct {
	data          string
	database      string
	masterKeyFile string
	aaaSecretFile string
	signingCert   string
	signingKey    string
	publicURL     string
	listen        string
	aaaListen     string
	adminListen   string
	fresh         bool
}

// dataFlags adds the flags that say where the data is.
func (f *flags) dataFlags(set *pflag.FlagSet) {
	set.StringVar(&f.data, "data", "./data",
		"data folder: SQLite file, master key, development certificates, demo.json")
	set.StringVar(&f.database, "database", "", "postgres://... (default SQLite in the data folder)")
	set.StringVar(&f.masterKeyFile, "master-key-file", "", "master key, 64 hex digits (default in the data folder)")
}

// freshFlag is for the commands that may fill an empty database.
func (f *flags) freshFlag(set *pflag.FlagSet) {
	set.BoolVar(&f.fresh, "fresh", false,
		"begin anew although the data folder shows that its database or certificates were lost")
}

func (f *flags) signingFlags(set *pflag.FlagSet) {
	set.StringVar(&f.signingCert, "signing-cert", "",
		"PEM of the profile signer, leaf then intermediates (default the development certificates)")
	set.StringVar(&f.signingKey, "signing-key", "", "PEM of its key")
}

func (f *flags) aaaSecretFlag(set *pflag.FlagSet) {
	set.StringVar(&f.aaaSecretFile, "aaa-secret-file", "",
		"secret that FreeRADIUS shows us (default in the data folder)")
}

func (f *flags) publicURLFlag(set *pflag.FlagSet) {
	set.StringVar(&f.publicURL, "public-url", "",
		"scheme and host under which visitors reach us (default http:// and the listen address)")
}

func (f *flags) adminListenFlag(set *pflag.FlagSet) {
	set.StringVar(&f.adminListen, "admin-listen", "127.0.0.1:9090", "address of /metrics, /healthz and /readyz")
}

// flagsFromEnvironment gives every flag that the command line left out the value of its ONRAMP_
// twin.
func flagsFromEnvironment(cmd *cobra.Command) error {
	var failed error
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		name := "ONRAMP_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		value, given := os.LookupEnv(name)
		if !given || flag.Changed || failed != nil {
			return
		}
		if err := cmd.Flags().Set(flag.Name, value); err != nil {
			failed = usageError{fmt.Errorf("%s: %w", name, err)}
		}
	})
	return failed
}

// atLeast and exactly are cobra's checks of the number of arguments, as usage errors.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(n)(cmd, args)) }
}

func atLeast(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return usage(cobra.MinimumNArgs(n)(cmd, args)) }
}

func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}
