package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/connectivity"
	"onramp/onboarding/deployment"
)

var errNotConnected = errors.New("not connected")

func whyCommand() *cobra.Command {
	var f flags
	var organization string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "why WHO",
		Short: "Show whether a person is connected and, if not, why",
		Long: "Show whether a person is connected and, if not, why.\n\n" +
			"WHO is a user name, customer ID, e-mail address, phone number or MAC address.\n" +
			"Exit code 0: the person is connected; 1: not; 2: no person or several were found, or the " +
			"command failed.\n" +
			"Several people are listed. For a MAC address, the verdict is about that station of the person.",
		Example: "  onramp why ada@example.com\n" +
			"  onramp why 02:00:00:aa:bb:cc --json",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := withService(cmd.Context(), &f, func(_ *storage, s *deployment.Deployment) error {
				found, err := s.Connectivity.Find(cmd.Context(), organization, args[0])
				if err != nil {
					return err
				}
				if len(found) != 1 {
					return listFound(cmd.OutOrStdout(), found, asJSON)
				}
				return why(cmd.Context(), s.Connectivity, found[0], cmd.OutOrStdout(), asJSON)
			})
			if err != nil && !errors.Is(err, errNotConnected) {
				return usageError{err} // exit code 1 means that the person is not connected
			}
			return err
		},
	}
	f.dataFlags(cmd.Flags())
	f.organizationFlag(cmd, &organization, "search only the organization with this ID")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the verdict as JSON, as the API answers it")
	return cmd
}

// foundPerson is a person in the list of several.
type foundPerson struct {
	CustomerID     string    `json:"customerId"`
	OrganizationID string    `json:"organizationId"`
	Username       string    `json:"username"`
	Created        time.Time `json:"created"`
}

// listFound lists people that are not exactly one, and returns the error.
func listFound(w io.Writer, found []connectivity.Found, asJSON bool) error {
	people := make([]foundPerson, len(found))
	for i, f := range found {
		c := f.Customer
		people[i] = foundPerson{c.ID, c.OrganizationID, c.Username, c.Created.UTC().Truncate(time.Second)}
	}
	if asJSON {
		if err := json.NewEncoder(w).Encode(map[string]any{"found": people}); err != nil {
			return err
		}
	} else {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, p := range people {
			fmt.Fprintf(table, "%s\torganization %s\tuser name %s\tcreated %s\n", p.CustomerID, p.OrganizationID,
				onOneLine(p.Username), p.Created.Format(time.RFC3339))
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	if len(people) == 0 {
		return errors.New("no person found: give a user name, customer ID, e-mail address, phone number or MAC address")
	}
	return errors.New("several people found: give the customer ID of one, or --organization")
}

// why prints the verdict on a person.
func why(
	ctx context.Context, s *connectivity.Connectivity, found connectivity.Found, w io.Writer, asJSON bool,
) error {
	v, err := s.Why(ctx, found)
	if err != nil {
		return err
	}
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(v)
	} else {
		err = printVerdict(w, v, found.MAC)
	}
	if err == nil && v.State != connectivity.Connected {
		err = errNotConnected
	}
	return err
}

var stateTexts = map[connectivity.State]string{
	connectivity.Connected:      "connected",
	connectivity.NotConnected:   "not connected",
	connectivity.NeverConnected: "never connected",
}

// printVerdict prints the timeline and then the verdict. Times are in the zone of the location.
func printVerdict(w io.Writer, v *connectivity.Verdict, mac string) error {
	local := func(t time.Time) string { return t.In(v.Zone).Format("2006-01-02 15:04:05 MST") }
	for _, e := range v.Evidence {
		fmt.Fprintf(w, "%s  %-12s  %s\n", local(e.At), e.Source, onOneLine(e.Text))
	}
	if len(v.Evidence) > 0 {
		fmt.Fprintln(w)
	}
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, "%-12s%s\n", label, fmt.Sprintf(format, args...))
	}
	if v.CustomerID != "" {
		line("Customer:", "%s", v.CustomerID)
	} else {
		line("Customer:", "unknown; the verdict is about the MAC address %s", mac)
	}
	if v.CustomerID != "" && mac != "" {
		line("MAC:", "%s", mac)
	}
	line("State:", "%s%s", stateTexts[v.State], sinceAndPlace(v, local))
	if cause := causeName(v.Cause, v.Detail); cause != "" {
		line("Cause:", "%s", strings.TrimSpace(v.Cause.Text()+" ["+cause+"]"))
	}
	line("Confidence:", "%s", v.Confidence)
	label := "Stations:"
	for _, s := range v.Stations {
		text := s.MAC + "  " + stateTexts[s.State]
		if cause := causeName(s.Cause, s.Detail); cause != "" {
			text += " [" + cause + "]"
		}
		if s.Claimed {
			text += ", only by the address of the sign-up page"
		}
		line(label, "%s", text)
		label = ""
	}
	line("Visitor:", "%s", v.Visitor.Text())
	_, err := fmt.Fprintf(w, "%-12s%s\n", "Operator:", v.Operator)
	return err
}

// sinceAndPlace returns the beginning and the place of a state, as far as they are known.
func sinceAndPlace(v *connectivity.Verdict, local func(time.Time) string) string {
	text := ""
	if v.Since != nil {
		text = " since " + local(*v.Since)
	}
	switch {
	case v.Hotspot != nil && v.Location != nil:
		text += fmt.Sprintf(" at %s (%s)", onOneLine(v.Hotspot.Name), onOneLine(v.Location.Name))
	case v.Location != nil:
		text += " at " + onOneLine(v.Location.Name)
	}
	return text
}

// causeName returns the stable names of a cause and its detail; empty for none.
func causeName(cause connectivity.Cause, detail connectivity.Detail) string {
	switch {
	case detail == "":
		return string(cause)
	case cause == "":
		return string(detail)
	}
	return string(cause) + ", " + string(detail)
}

// onOneLine replaces control characters by spaces, because texts may quote data of devices.
func onOneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if onboarding.NotText(r) {
			return ' '
		}
		return r
	}, text)
}
