package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"onramp/onboarding/devicesim/bench/ceiling"
)

// ceilingCommand runs the other side of a row of `bench`. It is hidden: only `bench` starts it.
func ceilingCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "ceiling", Short: "Run the other side of a row of bench", Hidden: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return errors.New("command required: sign or serve") },
	}
	cmd.AddCommand(signCommand(), ceilingServeCommand())
	return cmd
}

func signCommand() *cobra.Command {
	var key string
	var length time.Duration
	cmd := &cobra.Command{
		Use: "sign", Short: "Print signatures per second on all cores", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			perSecond, err := ceiling.Sign(key, length)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), perSecond)
			return err
		},
	}
	cmd.Flags().StringVar(&key, "key", "rsa2048", "`KEY`: rsa2048 or p256")
	cmd.Flags().DurationVar(&length, "for", time.Second, "`TIME` to sign")
	return cmd
}

func ceilingServeCommand() *cobra.Command {
	var address string
	var database ceiling.Database
	cmd := &cobra.Command{
		Use: "serve", Short: "Answer inserts, reads and counts over HTTP", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return ceiling.Serve(cmd.Context(), address, database, func() { fmt.Fprintln(cmd.OutOrStdout(), "ready") })
		},
	}
	cmd.Flags().StringVar(&address, "listen", "", "`ADDRESS`")
	cmd.Flags().StringVar(&database.File, "file", "", "SQLite `FILE`")
	cmd.Flags().StringVar(&database.URL, "url", "", "PostgreSQL `URL`")
	cmd.Flags().IntVar(&database.Connections, "connections", 16, "connections to PostgreSQL")
	return cmd
}
