package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	qr "github.com/piglig/go-qr"
	"github.com/spf13/cobra"

	"onramp/onboarding"
	"onramp/onboarding/deployment"
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
				link, name, err := portalLink(cmd.Context(), d, s, f.publicURL, organization, location)
				if err != nil {
					return err
				}
				if svg {
					return printSVG(cmd.OutOrStdout(), link)
				}
				printLink(cmd.OutOrStdout(), "Sign-up page of "+name, link)
				return nil
			})
		},
	}
	f.dataFlags(cmd.Flags())
	f.publicURLFlag(cmd.Flags())
	cmd.Flags().StringVar(&organization, "organization", "",
		"ID of the organization; may be left out if there is only one")
	cmd.Flags().StringVar(&location, "location", "", "ID of a location: sign-ups count there")
	cmd.Flags().BoolVar(&svg, "svg", false, "print the QR code as SVG")
	return cmd
}

// portalLink returns the address of an organization's sign-up page and the organization's name.
func portalLink(
	ctx context.Context, d *storage, s *deployment.Deployment, publicURL, organization, location string,
) (link, name string, err error) {
	if publicURL == "" {
		if publicURL, err = optionalSetting(ctx, s, settingPublicURL); err != nil {
			return "", "", err
		}
		if publicURL == "" {
			return "", "", errors.New("no serve has run on this database: give --public-url")
		}
	}
	all, err := d.store.Organizations(ctx)
	if err != nil {
		return "", "", err
	}
	var found *onboarding.Organization
	for _, o := range all {
		if o.ID == organization || organization == "" && len(all) == 1 {
			found = o
		}
	}
	switch {
	case found == nil && organization != "":
		return "", "", fmt.Errorf("--organization: there is no organization %q", organization)
	case found == nil && len(all) == 0:
		return "", "", errors.New("there is no organization: apply a tenant file first")
	case found == nil:
		return "", "", usageError{fmt.Errorf("there are %d organizations: give --organization", len(all))}
	}
	link = publicURL + found.PortalPath()
	if location != "" {
		if found.Location(location) == nil {
			return "", "", fmt.Errorf("--location: %s has no location %q", found.Name, location)
		}
		link += "?" + url.Values{"location": {location}}.Encode()
	}
	return link, found.Name, nil
}

// printSVG prints the QR code of a link as an SVG picture.
func printSVG(w io.Writer, link string) error {
	code, err := qr.EncodeText(link, qr.Medium)
	if err != nil {
		return err
	}
	return code.WriteAsSVG(qr.NewQrCodeImgConfig(10, quietZone, qr.WithOptimalSVG()), w)
}

// quietZone is the width of the light margin around a QR code, in modules (ISO/IEC 18004).
const quietZone = 4

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
