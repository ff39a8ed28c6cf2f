package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"onramp/onboarding/devicesim/judge"
	"onramp/onboarding/devicesim/radio"
)

// dayFlags are the flags of a day in a venue.
type dayFlags struct {
	sessions        int
	accounting      string
	seed            uint64
	begin           string
	length, interim time.Duration
	accessPoints    []string
}

func (f *dayFlags) register(cmd *cobra.Command) {
	set := cmd.Flags()
	set.IntVar(&f.sessions, "sessions", 0, "simulate a day of `N` connections")
	set.StringVar(&f.accounting, "accounting", "",
		"`HOST:PORT` of the RADIUS accounting server, with the same secret (default the port after --radius)")
	set.Uint64Var(&f.seed, "seed", 1, "`S` selects one of all possible days")
	set.StringVar(&f.begin, "begin", "", "start `TIME` of the day, RFC 3339 (default so that it ends now)")
	set.DurationVar(&f.length, "day", 24*time.Hour, "length of the day")
	set.DurationVar(&f.interim, "interim", 0,
		"time between two records of a connection (default 1/144 of the day)")
	set.StringArrayVar(&f.accessPoints, "access-point", nil,
		"`NAS-IDENTIFIER[,BSSID[,SSID]]` of an access point, repeatable (default those of the demo organization)")
}

// check refuses flags of a day without --sessions.
func (f *dayFlags) check(cmd *cobra.Command) error {
	if cmd.Flags().Changed("sessions") {
		if f.sessions < 1 {
			return errors.New("--sessions must be at least 1")
		}
		return nil
	}
	for _, name := range []string{"accounting", "seed", "begin", "day", "interim", "access-point"} {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s requires --sessions", name)
		}
	}
	return nil
}

// targets returns the server to authenticate with, or nil, and the accounting server.
func (f *dayFlags) targets(radius *radiusFlags) (authenticate, account *radio.RADIUS, err error) {
	if radius.secretFile == "" || radius.address == "" && f.accounting == "" {
		return nil, nil, errors.New("--sessions requires --radius-secret-file, and --radius or --accounting")
	}
	accounting := f.accounting
	if radius.address != "" {
		if authenticate, err = radius.server(radius.address); err != nil {
			return nil, nil, err
		}
		if accounting == "" {
			host, port, err := net.SplitHostPort(radius.address)
			if err != nil {
				return nil, nil, fmt.Errorf("--radius: %w", err)
			}
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil || n == 65535 {
				return nil, nil, errors.New("--accounting is required if no port follows that of --radius")
			}
			accounting = net.JoinHostPort(host, strconv.FormatUint(n+1, 10))
		}
	}
	account, err = radius.server(accounting)
	return authenticate, account, err
}

// spend runs the day and prints its report, even if some records were not acknowledged.
func (f *dayFlags) spend(cmd *cobra.Command, views []*judge.View, authenticate, account *radio.RADIUS) error {
	day := radio.Day{
		Sessions: f.sessions,
		Seed:     f.seed,
		Length:   f.length,
		Interim:  f.interim,
		Begin:    time.Now().Add(-f.length),
	}
	if f.begin != "" {
		var err error
		if day.Begin, err = time.Parse(time.RFC3339, f.begin); err != nil {
			return fmt.Errorf("--begin: %w", err)
		}
	}
	for _, text := range f.accessPoints {
		ap, err := accessPoint(text)
		if err != nil {
			return err
		}
		day.AccessPoints = append(day.AccessPoints, ap)
	}
	for _, view := range views {
		day.Guests = append(day.Guests, radio.Guest{Networks: view.Networks})
	}
	plan, err := day.Plan()
	if err != nil {
		return err
	}
	if authenticate != nil {
		if err := plan.Authenticate(cmd.Context(), *authenticate); err != nil {
			return failure{err}
		}
	}
	report, err := plan.Account(cmd.Context(), *account)
	if report == nil {
		return err // nothing was sent
	}
	if err := printJSON(cmd.OutOrStdout(), report); err != nil {
		return err
	}
	if err != nil {
		return failure{err}
	}
	return nil
}

// accessPoint parses a value of --access-point. The SSID may contain commas.
func accessPoint(text string) (radio.AccessPoint, error) {
	parts := append(strings.SplitN(text, ",", 3), "", "")
	ap := radio.AccessPoint{NASIdentifier: parts[0], BSSID: parts[1], SSID: parts[2]}
	if ap.NASIdentifier == "" {
		return ap, fmt.Errorf("--access-point %q: NAS-Identifier is missing", text)
	}
	if ap.BSSID != "" {
		mac, err := net.ParseMAC(ap.BSSID)
		if err != nil || len(mac) != 6 {
			return ap, fmt.Errorf("--access-point %q: the BSSID is not a MAC address", text)
		}
		ap.BSSID = strings.ToUpper(strings.ReplaceAll(mac.String(), ":", "-"))
	}
	return ap, nil
}
