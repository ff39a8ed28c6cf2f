package profiles

import (
	"strings"
	"sync"

	"onramp/templates"
)

// prose holds the texts of one language that devices show with a profile.
type prose struct {
	Direction   string `yaml:"direction"`   // ltr or rtl
	Description string `yaml:"description"` // of the profile
	Certificate string `yaml:"certificate"` // the name of the root's payload
}

var proses = sync.OnceValue(func() map[string]*prose {
	return templates.TextsIn[prose](templates.Profiles, "profiles")
})

// proseIn returns the texts in the first of the languages, BCP 47 tags, that has some; else in
// English. They name the organization as the first language does.
func (s *Settings) proseIn(languages ...string) prose {
	name := localized(s.OrganizationNames, languages[0], s.OrganizationName)
	for _, language := range append(languages, "en") {
		primary, _, _ := strings.Cut(language, "-")
		p := proses()[strings.ToLower(primary)]
		if p == nil {
			continue
		}
		if p.Direction == "rtl" {
			name = "\u2068" + name + "\u2069" // isolates a name of the other direction
		}
		in := *p
		in.Description = strings.ReplaceAll(p.Description, "{organization}", name)
		in.Certificate = strings.ReplaceAll(p.Certificate, "{organization}", name)
		return in
	}
	return prose{}
}

// proseFor returns the texts for a customer: in the customer's language, else in the organization's
// first one, else in English.
func (s *Settings) proseFor(c Credential) prose { return s.proseIn(c.Language, s.DefaultLanguage) }
