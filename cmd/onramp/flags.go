package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flags are the flags that several commands share.
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
	tombstones    string
	fresh         bool
	// keepUnattributed is the default period of connections without a known customer; 0: the
	// default.
	keepUnattributed time.Duration
}

// dataFlags adds the flags that locate the data folder, the database and the master key.
func (f *flags) dataFlags(set *pflag.FlagSet) {
	set.StringVar(&f.data, "data", "./data",
		"data folder (SQLite file, master key, development certificates, demo.json)")
	set.StringVar(&f.database, "database", "",
		"PostgreSQL URL, postgres://... (default a SQLite file in the data folder)")
	set.StringVar(&f.masterKeyFile, "master-key-file", "",
		"file with the master key, 64 hex digits (default in the data folder)")
}

// freshFlag adds --fresh, for the commands that may fill an empty database.
func (f *flags) freshFlag(set *pflag.FlagSet) {
	set.BoolVar(&f.fresh, "fresh", false,
		"start anew even if the data folder shows that its database or certificates were lost")
}

func (f *flags) tombstonesFlag(set *pflag.FlagSet) {
	set.StringVar(&f.tombstones, "tombstones", "",
		"log of deletions, which a restore applies (default tombstones in the data folder)")
}

func (f *flags) signingFlags(set *pflag.FlagSet) {
	set.StringVar(&f.signingCert, "signing-cert", "",
		"profile signing certificate (PEM), leaf then intermediates (default a development certificate)")
	set.StringVar(&f.signingKey, "signing-key", "", "private key (PEM) of --signing-cert")
}

func (f *flags) aaaSecretFlag(set *pflag.FlagSet) {
	set.StringVar(&f.aaaSecretFile, "aaa-secret-file", "",
		"file with the shared secret for FreeRADIUS's REST calls (default in the data folder)")
}

func (f *flags) publicURLFlag(set *pflag.FlagSet) {
	set.StringVar(&f.publicURL, "public-url", "",
		"URL (scheme and host) that visitors use (default http:// and the listen address)")
}

// checkPublicURL checks --public-url and removes a slash at its end.
func (f *flags) checkPublicURL() error {
	f.publicURL = strings.TrimSuffix(f.publicURL, "/")
	if f.publicURL == "" {
		return nil
	}
	u, err := url.Parse(f.publicURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" ||
		u.RawQuery != "" || u.User != nil {
		return usageError{errors.New("--public-url must be a scheme and a host, such as https://wifi.example.com")}
	}
	return nil
}

func (f *flags) adminListenFlag(set *pflag.FlagSet) {
	set.StringVar(&f.adminListen, "admin-listen", "127.0.0.1:9090", "address of /metrics, /healthz and /readyz")
}

// flagsFromEnvironment sets each flag that is absent from the command line to the value of its
// ONRAMP_ environment variable.
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

// exactly and atLeast are cobra's checks of the number of arguments, reporting usage errors.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return usage(cobra.ExactArgs(n)(cmd, args)) }
}

func atLeast(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return usage(cobra.MinimumNArgs(n)(cmd, args)) }
}

func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return usage(cobra.MaximumNArgs(n)(cmd, args)) }
}

func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}
