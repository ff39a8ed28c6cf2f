package main

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/judge/platforms"
	"onramp/onboarding/devicesim/radio"
)

// radiusFlags are the flags of commands that authenticate.
type radiusFlags struct {
	address, secretFile, systemCAs string
}

func (f *radiusFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.address, "radius", "",
		"`HOST:PORT` of the RADIUS server to authenticate with, through eapol_test")
	cmd.Flags().StringVar(&f.secretFile, "radius-secret-file", "", "`FILE` with the shared secret of that server")
	cmd.Flags().StringVar(&f.systemCAs, "system-cas", "",
		"PEM `FILE` with the device's system authorities (default Debian's)")
}

// target returns the RADIUS server of the flags, or nil if none is given.
func (f *radiusFlags) target() (*radio.RADIUS, error) {
	if f.address == "" && f.secretFile == "" {
		return nil, nil
	}
	if f.address == "" || f.secretFile == "" {
		return nil, errors.New("--radius and --radius-secret-file must be given together")
	}
	return f.server(f.address)
}

// server returns a RADIUS server at an address, with the secret of the flags.
func (f *radiusFlags) server(address string) (*radio.RADIUS, error) {
	secret, err := os.ReadFile(f.secretFile)
	if err != nil {
		return nil, err
	}
	text := string(bytes.TrimSpace(judge.Text(secret)))
	return &radio.RADIUS{Address: address, Secret: text, SystemCAs: f.systemCAs}, nil
}

// connected is one network in connect's output.
type connected struct {
	Type        string   `json:"type"`
	SSID        string   `json:"ssid,omitempty"`
	Realm       string   `json:"realm,omitempty"`
	ServerNames []string `json:"serverNames"`
	Took        float64  `json:"ms"`
}

func connectCommand() *cobra.Command {
	var platform, trust string
	var radius radiusFlags
	var day dayFlags
	cmd := &cobra.Command{
		Use: "connect --platform P --radius HOST:PORT --radius-secret-file F [--trust root.pem] " +
			"[--sessions N [--accounting HOST:PORT] [--seed S]] FILE...",
		Short: "Judge profiles and authenticate with their networks, or simulate a day in a venue",
		Long: `Judges each FILE (- for standard input) as the platform does, and authenticates with every network in
it through eapol_test of wpa_supplicant, with the outer identity, inner method, trust anchor and server names that
this platform reads from the file.

With --sessions N the owner of each file visits a venue with three devices. The devices make N connections over a
day that has just ended, and the access points report them in RADIUS accounting: with roaming, gigawords,
randomised MAC addresses, a restart of an access point, and records that are lost, duplicated, late or out of
order. With --radius every device authenticates first, and the records have the User-Name and the Class of its
Access-Accept. With --accounting only they have the inner user name, which attributes no connection to a
customer.

Prints the numbers of records and each connection, with the names of GET /v2/customers/{cid}/accountings, which
returns the same values after an authentication. Equal --seed and files produce an equal day. Platforms:
` + platformList + ".",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := day.check(cmd); err != nil {
				return err
			}
			roots, err := loadTrust(trust)
			if err != nil {
				return err
			}
			if day.sessions == 0 {
				target, err := radius.target()
				if err != nil {
					return err
				}
				if target == nil {
					return errors.New("--radius and --radius-secret-file are required")
				}
				views, err := judgeFiles(cmd, platform, roots, args)
				if err != nil {
					return err
				}
				return join(cmd, views, *target)
			}
			authenticate, account, err := day.targets(&radius)
			if err != nil {
				return err
			}
			views, err := judgeFiles(cmd, platform, roots, args)
			if err != nil {
				return err
			}
			return day.spend(cmd, views, authenticate, account)
		},
	}
	cmd.Flags().StringVar(&platform, "platform", "", "platform `P` of the files")
	cmd.Flags().StringVar(&trust, "trust", "", "PEM `FILE` with the roots that may sign profiles (default none)")
	radius.register(cmd)
	day.register(cmd)
	_ = cmd.MarkFlagRequired("platform") // fails only for an unknown flag
	return cmd
}

// judgeFiles returns the views of files that the platform accepts.
func judgeFiles(cmd *cobra.Command, platform string, roots *x509.CertPool, names []string) ([]*judge.View, error) {
	var views []*judge.View
	for _, name := range names {
		file, err := readFile(cmd.InOrStdin(), name)
		if err != nil {
			return nil, err
		}
		verdict, err := platforms.Check(platform, file, judge.Options{Trust: roots})
		if err != nil {
			return nil, fmt.Errorf("%w; the platforms are %s", err, platformList)
		}
		if err := verdict.Err(); err != nil {
			return nil, failure{err}
		}
		views = append(views, verdict.View)
	}
	return views, nil
}

// join authenticates with every network of the views.
func join(cmd *cobra.Command, views []*judge.View, target radio.RADIUS) error {
	out := []connected{}
	for _, view := range views {
		for _, n := range view.Networks {
			c, err := radio.Connect(cmd.Context(), n, target)
			if err != nil {
				return failure{fmt.Errorf("%s: %w", n.Type, err)}
			}
			out = append(out, connected{
				Type: n.Type, SSID: n.SSID, Realm: n.Realm, ServerNames: c.ServerNames,
				Took: float64(c.Took.Microseconds()) / 1000,
			})
		}
	}
	return printJSON(cmd.OutOrStdout(), out)
}
