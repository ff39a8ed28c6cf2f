package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"onramp/onboarding/devicesim"
)

// radiusFlags are those of the commands that authenticate.
type radiusFlags struct {
	address, secretFile, systemCAs string
}

func (f *radiusFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.address, "radius", "", "HOST:PORT of a RADIUS server to authenticate with, through eapol_test")
	cmd.Flags().StringVar(&f.secretFile, "radius-secret-file", "", "file that holds the secret shared with that server")
	cmd.Flags().StringVar(&f.systemCAs, "system-cas", "", "PEM file of the authorities the device's system trusts; Debian's when not given")
}

// target is nil when no server was named.
func (f *radiusFlags) target() (*devicesim.RADIUS, error) {
	if f.address == "" && f.secretFile == "" {
		return nil, nil
	}
	if f.address == "" || f.secretFile == "" {
		return nil, errors.New("--radius and --radius-secret-file belong together")
	}
	secret, err := os.ReadFile(f.secretFile)
	if err != nil {
		return nil, err
	}
	return &devicesim.RADIUS{Address: f.address, Secret: string(bytes.TrimSpace(secret)), SystemCAs: f.systemCAs}, nil
}

// connected is what connect prints for each network.
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
	cmd := &cobra.Command{
		Use:   "connect --platform P --radius HOST:PORT --radius-secret-file F [--trust root.pem] FILE",
		Short: "Judge a profile and authenticate with every network in it, as the device would",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			roots, err := loadTrust(trust)
			if err != nil {
				return err
			}
			target, err := radius.target()
			if err != nil {
				return err
			}
			if target == nil {
				return errors.New("--radius and --radius-secret-file are needed")
			}
			file, err := readFile(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			verdict, err := devicesim.Check(platform, file, devicesim.Options{Trust: roots})
			if err != nil {
				return err
			}
			if err := verdict.Err(); err != nil {
				return failure{err}
			}
			out := []connected{}
			for _, n := range verdict.View.Networks {
				c, err := devicesim.Connect(cmd.Context(), n, *target)
				if err != nil {
					return failure{fmt.Errorf("%s: %w", n.Type, err)}
				}
				out = append(out, connected{Type: n.Type, SSID: n.SSID, Realm: n.Realm, ServerNames: c.ServerNames, Took: float64(c.Took.Microseconds()) / 1000})
			}
			return printJSON(cmd.OutOrStdout(), out)
		},
	}
	cmd.Flags().StringVar(&platform, "platform", "", "the device the file is for")
	cmd.Flags().StringVar(&trust, "trust", "", "PEM file of the roots that may sign profiles")
	radius.register(cmd)
	_ = cmd.MarkFlagRequired("platform") // fails only for an unknown flag
	return cmd
}
