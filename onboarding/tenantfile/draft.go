package tenantfile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"

	"onramp/onboarding"
	"onramp/onboarding/tenant"
	"onramp/templates"
)

// Draft holds the values from which `onramp init` writes the file of a new organization. All but
// the first five may be empty.
type Draft struct {
	Name      string
	Domain    string // the realm, and the domain of the RADIUS server
	Languages []string
	Timezone  string
	// TrustAnchor is the PEM of the private root of the RADIUS server's certificate, and AnchorFile
	// the name by which the file refers to it. Without them the certificate is from a public CA.
	TrustAnchor, AnchorFile string

	ServerName           string // of the RADIUS server; default radius. and the domain
	SSID                 string // default Name
	Location             string // name of the first location; default Name
	TermsURL, PrivacyURL string
}

// Organization returns the organization of the draft, with new IDs.
func (d *Draft) Organization() *onboarding.Organization {
	o := &onboarding.Organization{
		ID: onboarding.NewID(), Name: d.Name, Languages: d.Languages, VisitGap: onboarding.DefaultVisitGap,
		Policies: []onboarding.Policy{
			{Key: onboarding.TermsOfUse, Version: "1.0", Title: map[string]string{}, URL: d.TermsURL},
			{Key: onboarding.Privacy, Version: "1.0", Title: map[string]string{}, URL: d.PrivacyURL},
		},
		WiFi: onboarding.WiFi{
			Method: "ttls", Inner: "mschapv2", ProfileLifetime: onboarding.DefaultProfileLifetime,
			TrustedServerNames: []string{cmp.Or(d.ServerName, "radius."+d.Domain)}, TrustAnchor: d.TrustAnchor,
			Passpoint: &onboarding.Passpoint{Realm: d.Domain, FriendlyName: d.Name},
			WPA2:      &onboarding.WPA2{SSID: cmp.Or(d.SSID, d.Name)},
		},
		Portal: onboarding.Portal{
			Fields: []string{"firstName", "lastName", "email"}, Slug: slugOf(d.Name),
		},
		Locations: []onboarding.Location{{
			ID: onboarding.NewID(), Name: cmp.Or(d.Location, d.Name), Timezone: d.Timezone,
		}},
	}
	o.DefaultLocation = o.Locations[0].ID
	for _, language := range d.Languages {
		terms, privacy := templates.PolicyTitles(language)
		if terms != "" {
			o.Policies[0].Title[language], o.Policies[1].Title[language] = terms, privacy
		}
	}
	if first := d.Languages; len(first) > 0 && o.Policies[0].Title[first[0]] == "" {
		o.Policies[0].Title[first[0]], o.Policies[1].Title[first[0]] = templates.PolicyTitles("en")
	}
	return o
}

// Fault returns the first error of the draft that concerns one of the fields or a value inside it,
// and nil if there is none. No field is all of them.
func (d *Draft) Fault(fields ...string) error {
	o := d.Organization()
	setDefaults(o)
	for _, f := range tenant.Check(o, time.Now()) {
		if f.Severity != onboarding.SeverityError || len(fields) > 0 &&
			!slices.ContainsFunc(fields, func(field string) bool { return within(f.Field, field) }) {
			continue
		}
		text := f.Message
		if len(fields) == 0 {
			text = f.Field + ": " + text
		}
		if f.Remedy != "" {
			text += " (" + f.Remedy + ")"
		}
		return errors.New(printed(text))
	}
	return nil
}

// slugOf returns the slug that a name suggests, or "" if it suggests none.
func slugOf(name string) string {
	var slug strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			slug.WriteRune(r)
		case unicode.IsLetter(r):
			return "" // of another script: a part of the name would be left
		case !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
	}
	text := strings.Trim(slug.String(), "-")
	if !onboarding.ValidSlug(text) || slices.Contains(tenant.ReservedSlugs, text) {
		return ""
	}
	return text
}

// Write writes the tenant file of the draft, whose comments are the meanings of its keys. schema is
// the address of the schema for editors.
func (d *Draft) Write(w io.Writer, schema string) error {
	if err := d.Fault(); err != nil {
		return err
	}
	o := d.Organization()
	o.WiFi.TrustAnchor = d.AnchorFile
	item := organizationKeys(o).node(0)
	comment(item, organizationKeys(o), 2)
	top := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		textNode("organizations"), {Kind: yaml.SequenceNode, Content: []*yaml.Node{item}},
	}}
	fmt.Fprintf(w, "# yaml-language-server: $schema=%s\n", schema)
	io.WriteString(w, draftHead) //nolint:errcheck // the encoder meets the same error
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(top); err != nil {
		return err
	}
	if err := encoder.Close(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, draftTail, onboarding.NewID())
	return err
}

// draftTail follows the last key of the first location.
const draftTail = `        # An access point, with an ID of its own. Without one, connections have no access point.
        # hotspots:
        #   - {id: "%s", name: Front door, mac: "02-00-00-00-00-01"}
`

const draftHead = `#
# A tenant file of Onramp, written by onramp init. Change it, and have it checked and applied:
#
#   onramp apply --dry-run FILE     shows the errors and the changes, and changes nothing
#   onramp apply FILE
#
# The page /docs/tenant-keys of the server describes every key. "More keys" names those that the
# file leaves out; each has a default.
`

// commentWidth is the width of a comment with its indentation, in characters.
const commentWidth = 100

// comment gives the keys of a mapping their meanings as comments, and the first key a list of the
// keys that the mapping does not have.
func comment(mapping *yaml.Node, table keys, indent int) {
	left := table.names()
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		name, v := mapping.Content[i], mapping.Content[i+1]
		k := &table[slices.Index(table.names(), name.Value)]
		left = slices.DeleteFunc(left, func(other string) bool { return other == name.Value })
		name.HeadComment = commented(k.about, indent)
		switch {
		case k.inner == nil || v.Style&yaml.FlowStyle != 0:
		case v.Kind == yaml.MappingNode:
			comment(v, k.inner(), indent+1)
		case v.Kind == yaml.SequenceNode && len(v.Content) > 0 && v.Content[0].Kind == yaml.MappingNode:
			comment(v.Content[0], k.inner(), indent+2) // the first entry alone; the others have the same keys
		}
	}
	if len(mapping.Content) > 0 && len(left) > 0 {
		mapping.Content[0].HeadComment = commented("More keys: "+strings.Join(left, ", ")+".", indent) + "\n\n" +
			mapping.Content[0].HeadComment
	}
}

// commented returns a text as the lines of a comment.
func commented(text string, indent int) string {
	text = strings.NewReplacer("`", "", "](/docs/", " at /docs/", "[", "", ")", ")").Replace(text)
	var lines []string
	line := "#"
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > commentWidth-2*indent {
			lines, line = append(lines, line), "#"
		}
		line += " " + word
	}
	return strings.Join(append(lines, line), "\n")
}
