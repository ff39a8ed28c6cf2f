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
	set.IntVar(&f.sessions, "sessions", 0, "live through a day of `N` connections")
	set.StringVar(&f.accounting, "accounting", "",
		"`HOST:PORT` of the RADIUS accounting server, which has the same secret; the port after --radius's when not "+
			"given")
	set.Uint64Var(&f.seed, "seed", 1, "`S` chooses one of all possible days")
	set.StringVar(&f.begin, "begin", "", "`TIME` when the day begins, RFC 3339; so that it ends now when not given")
	set.DurationVar(&f.length, "day", 24*time.Hour, "how long the day is")
	set.DurationVar(&f.interim, "interim", 0,
		"time between two records of a connection; a 144th of the day when not given")
	set.StringArrayVar(&f.accessPoints, "access-point", nil,
		"`NAS-IDENTIFIER[,BSSID[,SSID]]` of an access point, once for each; those of the demo organization when not "+
			"given")
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
			return fmt.Errorf("--%s goes with --sessions", name)
		}
	}
	return nil
}

// targets returns the server to authenticate with, or nil, and the accounting server.
func (f *dayFlags) targets(radius *radiusFlags) (authenticate, account *radio.RADIUS, err error) {
	if radius.secretFile == "" || radius.address == "" && f.accounting == "" {
		return nil, nil, errors.New("--sessions needs --radius-secret-file, and --radius or --accounting")
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
				return nil, nil, errors.New("--accounting is needed where the port of --radius has none after it")
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
		return ap, fmt.Errorf("--access-point %q: no NAS-Identifier", text)
	}
	if ap.BSSID != "" {
		mac, err := net.ParseMAC(ap.BSSID)
		if err != nil || len(mac) != 6 {
			return ap, fmt.Errorf("--access-point %q: the BSSID is no hardware address", text)
		}
		ap.BSSID = strings.ToUpper(strings.ReplaceAll(mac.String(), ":", "-"))
	}
	return ap, nil
}
