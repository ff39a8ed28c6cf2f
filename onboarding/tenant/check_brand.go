package tenant

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/brand"
)

// maxAddress limits the characters of a venue's address.
const maxAddress = 160

func checkBrand(o *onboarding.Organization, f *findings) {
	checkSlug(o.Portal.Slug, f)
	b := &o.Portal.Brand
	if b.Logo != "" {
		clean, err := brand.CleanLogo([]byte(b.Logo))
		if err == nil && clean != b.Logo {
			err = errors.New("it is not in the form in which it is served")
		}
		if err != nil {
			f.refuse("portal.brand.logo", "logo", "", "is refused: %v", err)
		}
	}
	switch {
	case b.Accent == "":
	case !brand.ValidAccent(b.Accent):
		f.refuse("portal.brand.accent", "accent", `write # and six hex digits in quotes, such as "#7a1f2b"`,
			"must be a colour, not %q", brief(b.Accent))
	default:
		noteAccents(b.Accent, f)
	}
	if b.Address != "" {
		f.text("portal.brand.address", b.Address, maxAddress, onboarding.NotText)
	}
	if b.Help != nil {
		checkHelp(b.Help, f)
	}
}

// noteAccents adds a note with the colours that the pages use.
func noteAccents(accent string, f *findings) {
	use := func(scheme string, v brand.Accent, s brand.Surface) string {
		least := min(brand.Contrast(v.Color, s.Paper), brand.Contrast(v.Color, s.Card), brand.Contrast(v.Color, v.Soft))
		given := "as given"
		if v.Color != accent {
			given = "as " + v.Color + " instead of " + accent
		}
		return fmt.Sprintf("%s on %s pages (contrast %.1f:1)", given, scheme, least)
	}
	all := brand.AccentsOf(accent)
	*f = append(*f, onboarding.Finding{
		Severity: onboarding.SeverityNote, Field: "portal.brand.accent", Rule: "contrast",
		Message: "is used " + use("light", all.Light, brand.Light) + " and " + use("dark", all.Dark, brand.Dark) +
			fmt.Sprintf("; texts keep %.1f:1", brand.MinContrast),
	})
}

// checkHelp requires at least one contact, each of a form that a page can link.
func checkHelp(h *onboarding.Helpdesk, f *findings) {
	const field = "portal.brand.help"
	if *h == (onboarding.Helpdesk{}) {
		f.refuse(field, "missing", "write email, phone or url", "has no contact")
	}
	if h.Email != "" {
		a, err := mail.ParseAddress(h.Email)
		_, domain, _ := onboarding.CutLastAt(h.Email)
		if err != nil || a.Address != h.Email || !hostName.MatchString(domain) || len(h.Email) > onboarding.MaxName ||
			strings.ContainsFunc(h.Email, func(r rune) bool { return r == '"' || onboarding.NotText(r) }) {
			f.refuse(field+".email", "email", "such as help@example.com", "must be an e-mail address, not %q",
				brief(h.Email))
		}
	}
	if h.Phone != "" && (strings.Trim(h.Phone, "+0123456789 ()-./") != "" || len(h.Phone) > 32 ||
		strings.LastIndexByte(h.Phone, '+') > 0 || len(onboarding.DialedDigits(h.Phone)) < 3) {
		f.refuse(field+".phone", "phone", "write it such as +39 02 1234567", "must be a phone number, not %q",
			brief(h.Phone))
	}
	if h.URL != "" {
		u, err := url.Parse(h.URL)
		if err != nil || u.Scheme != "https" || !hostName.MatchString(u.Hostname()) || u.User != nil ||
			len(h.URL) > onboarding.MaxURL || strings.ContainsFunc(h.URL, onboarding.NotText) {
			f.refuse(field+".url", "url", "write it with https:// and a host in ASCII",
				"must be an https URL, not %q", brief(h.URL))
		}
	}
}

// ReservedSlugs are the first words of the server's own addresses, and words kept for later ones. A
// test of the server compares them with its routes.
var ReservedSlugs = strings.Fields("aaa activate admin api app apple-app-site-association assets brand capport " +
	"confirm console demo docs favicon go guest health healthz help login logout me metrics onramp openapi portal " +
	"readyz renew return robots schema static status v1 v2 v3 v4 v5 verify well-known wifiprofile www")

func checkSlug(slug string, f *findings) {
	const field = "portal.slug"
	switch tidy := strings.ToLower(strings.NewReplacer(" ", "-", "_", "-").Replace(strings.TrimSpace(slug))); {
	case slug == "":
	case slices.Contains(ReservedSlugs, slug):
		f.refuse(field, "slug-reserved", "choose another word", "is %q, an address of the server itself", slug)
	case onboarding.ValidSlug(slug):
	default:
		remedy := "such as caffe-roma"
		if onboarding.ValidSlug(tidy) {
			remedy = "write " + tidy
		}
		f.refuse(field, "slug", remedy,
			"must be 2 to 40 lower-case letters a to z, digits and single hyphens, not %+q", brief(slug))
	}
}
