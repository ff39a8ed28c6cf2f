package pages

import (
	"cmp"
	"strings"

	"onramp/onboarding"
)

// Preview is what the sign-up page shows of an organization's settings, in its first language.
type Preview struct {
	Lang, Direction            string // as HTML's attributes; Direction may be empty
	Venue, Title, Lead         string
	Fields                     []PreviewField
	Statement                  string // of the terms of use and the privacy notice; may be empty
	Choices                    []PreviewChoice
	Optional, Choose, Continue string // words beside fields and choices, and of the button
	Help                       []string
	Address                    string
}

// PreviewField is a field of the form.
type PreviewField struct {
	Label, Hint            string
	Optional, Half, Select bool // Half: shares its line with the field beside it
}

// PreviewChoice is a check box.
type PreviewChoice struct {
	Title    string
	Optional bool
}

// PreviewOf returns the preview of an organization, whose settings need not be valid.
func PreviewOf(o *onboarding.Organization) *Preview {
	t := pageTexts()[languagesFor(o)[0]]
	s := &signUp{o: o}
	p := &Preview{
		Lang: t.code, Direction: t.direction(), Venue: cmp.Or(o.Names[t.code], o.Name),
		Title: t.must("signup.title", "network", networkOf(o)), Lead: t.must("signup.lead"),
		Optional: t.must("signup.optional"), Choose: t.must("signup.choose"), Continue: t.must("signup.submit"),
		Address: o.Portal.Brand.Address,
	}
	for _, f := range fieldsOf(o, t, nil, nil) {
		p.Fields = append(p.Fields, PreviewField{f.Label, f.Hint, f.Optional, f.Half, len(f.Options) > 0})
	}
	if box := s.statement(t); box != nil {
		var words strings.Builder
		for _, part := range box.Parts {
			words.WriteString(part.Text)
		}
		p.Statement = words.String()
	}
	for _, box := range s.choices(t) {
		p.Choices = append(p.Choices, PreviewChoice{box.Title, !box.Mandatory})
	}
	for _, way := range helpOf(o) {
		p.Help = append(p.Help, way.Text)
	}
	return p
}

// FieldLabel returns the label of one of the organization's fields, or of onboarding.PortalFields,
// in a language of the pages.
func FieldLabel(o *onboarding.Organization, name, language string) string {
	t := pageTexts()[language]
	if t == nil {
		t = pageTexts()[fallbackLanguage]
	}
	if _, known := kindOf(name); !known {
		return name
	}
	return fieldLabel(o, t, name)
}
