package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"onramp/onboarding/deployment"
	"onramp/onboarding/poster"
	"onramp/templates"
)

// posterCommand prints a poster for the door of a venue.
func posterCommand() *cobra.Command {
	var f flags
	var organization, location string
	var languages []string
	cmd := &cobra.Command{
		Use:   "poster",
		Short: "Print a poster of a sign-up page: one A4 page of HTML with the QR code, to print",
		Long: "Print a poster of an organization's sign-up page as one HTML file without references, which a browser " +
			"prints on one A4 page: the venue's logo, the address as QR code and as text, the steps, and the contact " +
			"for help. The QR code holds the address that link prints. The text is shorter: it leaves out https:// " +
			"and the location, so sign-ups by it count at the default location; give the organization a " +
			"portal.slug to make it short.",
		Example: "  onramp poster >poster.html",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.checkPublicURL(); err != nil {
				return err
			}
			if err := checkLanguages(languages); err != nil {
				return err
			}
			return withService(cmd.Context(), &f, func(d *storage, s *deployment.Deployment) error {
				p, err := findPortal(cmd.Context(), d, s, f.publicURL, organization, location)
				if err != nil {
					return err
				}
				sheet := poster.Sheet{
					Organization: p.organization, Location: p.location, Link: p.link(), Typed: p.typed(),
					Languages: languages,
				}
				if len(languages) == 0 {
					sheet.Languages = poster.LanguagesOf(p.organization)
				}
				if err := poster.Write(cmd.OutOrStdout(), sheet); err != nil {
					return err
				}
				if loopbackURL(p.publicURL) {
					fmt.Fprintf(cmd.ErrOrStderr(), "onramp: no phone reaches %s: give --public-url before you print\n",
						p.publicURL)
				}
				return nil
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.publicURLFlag(cmd.Flags())
	cmd.Flags().StringVar(&organization, "organization", "",
		"ID of the organization; may be left out if there is only one")
	cmd.Flags().StringVar(&location, "location", "", "ID of a location: its name is shown, and sign-ups count there")
	cmd.Flags().StringSliceVar(&languages, "language", nil,
		"languages, one to three, the large one first (default the first of the organization that have texts)")
	return cmd
}

// checkLanguages checks --language.
func checkLanguages(languages []string) error {
	known := templates.PosterLanguages()
	for i, language := range languages {
		switch {
		case !slices.Contains(known, language):
			return usageError{fmt.Errorf("--language: there is no poster in %q, only in %s", language,
				strings.Join(known, ", "))}
		case slices.Contains(languages[:i], language):
			return usageError{fmt.Errorf("--language: %s is given twice", language)}
		}
	}
	if len(languages) > poster.MaxLanguages {
		return usageError{errors.New("--language: a poster has room for three languages")}
	}
	return nil
}

// loopbackURL reports whether an address leads to the machine that opens it.
func loopbackURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
