package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	qr "github.com/piglig/go-qr"
	"github.com/spf13/cobra"

	"onramp/onboarding/deployment"
	"onramp/onboarding/poster"
)

// settingPublicURL is the setting that holds the public URL of the last server on this database.
const settingPublicURL = "public-url"

// linkCommand prints the address of a sign-up page.
func linkCommand() *cobra.Command {
	var f flags
	var organization, location string
	var svg bool
	cmd := &cobra.Command{
		Use:   "link",
		Short: "Print the address of a sign-up page, with its QR code",
		Long: "Print the address of an organization's sign-up page, with its QR code for this terminal or, with " +
			"--svg, the QR code alone as an SVG picture. The address is the short one if the organization has " +
			"portal.slug, and begins with the public URL of the last serve.",
		Example: "  onramp link --organization 3a8ccd060216452e09b2b32e750cb5eb --svg >link.svg",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.checkPublicURL(); err != nil {
				return err
			}
			return withService(cmd.Context(), &f, func(d *storage, s *deployment.Deployment) error {
				p, err := findPortal(cmd.Context(), d, s, f.publicURL, organization, location)
				if err != nil {
					return err
				}
				if svg {
					return poster.WriteCode(cmd.OutOrStdout(), p.Link())
				}
				printLink(cmd.OutOrStdout(), "Sign-up page of "+p.Organization.Name, p.Link())
				return nil
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.publicURLFlag(cmd.Flags())
	f.organizationFlag(cmd, &organization, "ID of the organization; may be left out if there is only one")
	cmd.Flags().StringVar(&location, "location", "", "ID of a location: sign-ups count there")
	cmd.Flags().BoolVar(&svg, "svg", false, "print the QR code as SVG")
	return cmd
}

// publicURLOf returns the given public URL, or that of the last serve if none is given.
func publicURLOf(ctx context.Context, s *deployment.Deployment, given string) (string, error) {
	last, err := lastPublicURL(ctx, s, given)
	if err == nil && last == "" {
		err = errors.New("no serve has run on this database: give --public-url")
	}
	return last, err
}

// lastPublicURL is publicURLOf, except that it returns "" if no serve has run.
func lastPublicURL(ctx context.Context, s *deployment.Deployment, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	return s.Access.OptionalSetting(ctx, settingPublicURL)
}

// findPortal returns the portal of the organization and the location that flags name. An empty
// publicURL is that of the last serve; an empty organization is the only one.
func findPortal(
	ctx context.Context, d *storage, s *deployment.Deployment, publicURL, organization, location string,
) (*poster.Portal, error) {
	publicURL, err := publicURLOf(ctx, s, publicURL)
	if err != nil {
		return nil, err
	}
	all, err := d.store.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	p := &poster.Portal{PublicURL: publicURL, Only: len(all) == 1}
	for _, o := range all {
		if o.ID == organization || organization == "" && p.Only {
			p.Organization = o
		}
	}
	switch {
	case p.Organization == nil && organization != "":
		return nil, fmt.Errorf("--organization: there is no organization %q", organization)
	case p.Organization == nil && len(all) == 0:
		return nil, errors.New("there is no organization: apply a tenant file first")
	case p.Organization == nil:
		return nil, usageError{fmt.Errorf("there are %d organizations: give --organization", len(all))}
	}
	if location != "" {
		if p.Location = p.Organization.Location(location); p.Location == nil {
			return nil, fmt.Errorf("--location: %s has no location %q", p.Organization.Name, location)
		}
	}
	return p, nil
}

const quietZone = poster.QuietZone

// printLink prints a link and its QR code.
func printLink(w io.Writer, title, link string) {
	fmt.Fprintf(w, "%s: %s\n", title, link)
	if code, err := qr.EncodeText(link, qr.Low); err == nil {
		fmt.Fprintln(w, blocks(code))
	}
}

// blocks draws a QR code for a terminal with light text on a dark background. One character is two
// modules, one above the other.
func blocks(code *qr.QrCode) string {
	light := func(x, y int) bool { return !code.Module(x, y) } // Module is false outside the code
	var text strings.Builder
	end := code.Size() + quietZone
	for y := -quietZone; y < end; y += 2 {
		for x := -quietZone; x < end; x++ {
			switch upper, lower := light(x, y), y+1 < end && light(x, y+1); {
			case upper && lower:
				text.WriteRune('█')
			case upper:
				text.WriteRune('▀')
			case lower:
				text.WriteRune('▄')
			default:
				text.WriteRune(' ')
			}
		}
		text.WriteByte('\n')
	}
	return text.String()
}
