package console

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/brand"
	"onramp/templates"
)

// The names of the inputs of the page's look. A name is the path of the field in the tenant file,
// with a policy's key or a form field's name instead of an index.
const (
	lookName       = "name"
	lookNames      = "names."
	lookAccent     = "portal.brand.accent"
	lookAddress    = "portal.brand.address"
	lookLogo       = "portal.brand.logo" // the SVG as text
	lookLogoFile   = "portal.brand.logo.file"
	lookLogoRemove = "portal.brand.logo.remove"
	lookHelp       = "portal.brand.help."
	lookLanguages  = "languages"
	lookFirst      = "languages.first"
	lookLanguage   = "languages."
	lookFields     = "portal.fields" // the names of the fields in their order
	lookField      = "portal.fields."
	lookLabel      = "portal.labels."
	lookAdd        = "add.field" // a field to add
	lookAddName    = "add.name"  // the name of an own one
	lookAct        = "field"     // the button of a field: an act and the field's name
	lookPolicy     = "policies."
)

// lookForm is the form of the page's look as it was typed. What it lacks stays as it is.
type lookForm struct {
	values url.Values
	logo   string   // in its served form; empty: none was given, or a wrong one
	order  []string // of the fields that the page shows, also those that are to be removed
	acted  bool     // by the button of a field, which saves nothing
	wrong  []onboarding.Finding
}

// readLook reads the form and checks the parts that the settings cannot hold.
func readLook(values url.Values) *lookForm {
	f := &lookForm{values: url.Values{}}
	for name := range values {
		text := strings.ToValidUTF8(values.Get(name), "\uFFFD")
		f.values.Set(name, strings.ReplaceAll(text, "\r\n", "\n"))
	}
	f.readFields()
	source := f.values.Get(lookLogoFile)
	if source == "" {
		source = f.values.Get(lookLogo)
	}
	if strings.TrimSpace(source) == "" || f.removesLogo() {
		return f
	}
	f.values.Set(lookLogo, source)
	if raw := values.Get(lookLogoFile); raw != "" {
		source = raw // with the bytes that are not UTF-8
	}
	var err error
	if f.logo, err = brand.CleanLogo([]byte(source)); err != nil {
		found := onboarding.Finding{
			Severity: onboarding.SeverityError, Field: lookLogo, Rule: "logo", Message: "is refused: " + err.Error(),
		}
		if e, ok := errors.AsType[*brand.LogoError](err); ok {
			found.Remedy = e.Remedy
		}
		f.wrong = append(f.wrong, found)
		f.values.Set(lookLogo, onboarding.CutText(f.values.Get(lookLogo), 2*brand.MaxLogo))
	}
	return f
}

func (f *lookForm) removesLogo() bool { return f.values.Get(lookLogoRemove) != "" }

// text changes a text to the typed one, if there is one.
func (f *lookForm) text(name string, to *string) {
	if f.values.Has(name) {
		*to = strings.TrimSpace(f.values.Get(name))
	}
}

// texts changes the texts of the languages. An empty one is left out.
func (f *lookForm) texts(prefix string, to *map[string]string, languages []string) {
	for _, language := range languages {
		name := prefix + language
		if !f.values.Has(name) {
			continue
		}
		text := f.values.Get(name)
		if text == (*to)[language] {
			continue
		}
		if strings.TrimSpace(text) == "" {
			delete(*to, language)
			continue
		}
		if !strings.Contains(text, "\n") {
			text = strings.TrimSpace(text)
		}
		if *to == nil {
			*to = map[string]string{}
		}
		(*to)[language] = text
	}
	if len(*to) == 0 {
		*to = nil
	}
}

// change changes an organization as typed.
func (f *lookForm) change(o *onboarding.Organization) {
	f.changeLanguages(o)
	f.text(lookName, &o.Name)
	f.texts(lookNames, &o.Names, o.Languages)
	b := &o.Portal.Brand
	f.text(lookAccent, &b.Accent)
	b.Accent = strings.ToLower(b.Accent)
	f.text(lookAddress, &b.Address)
	switch {
	case f.removesLogo():
		b.Logo = ""
	case f.logo != "":
		b.Logo = f.logo
	}
	help := onboarding.Helpdesk{}
	if b.Help != nil {
		help = *b.Help
	}
	f.text(lookHelp+"email", &help.Email)
	f.text(lookHelp+"phone", &help.Phone)
	f.text(lookHelp+"url", &help.URL)
	if b.Help = &help; help == (onboarding.Helpdesk{}) {
		b.Help = nil
	}
	f.changeFields(o)
	for i := range o.Policies {
		p := &o.Policies[i]
		at := lookPolicy + p.Key + "."
		f.text(at+"version", &p.Version)
		f.text(at+"url", &p.URL)
		f.texts(at+"title.", &p.Title, o.Languages)
		f.texts(at+"text.", &p.Text, o.Languages)
		f.texts(at+"changes.", &p.Changes, o.Languages)
	}
}

// languagesToChoose returns the languages that an organization has or may have, its own first.
func languagesToChoose(o *onboarding.Organization) []string {
	all := slices.Clone(o.Languages)
	for _, code := range templates.PageLanguages() {
		if !slices.Contains(all, code) {
			all = append(all, code)
		}
	}
	return all
}

// changeLanguages changes the languages: the first as typed, then the others in their order.
func (f *lookForm) changeLanguages(o *onboarding.Organization) {
	known := languagesToChoose(o)
	first := f.values.Get(lookFirst)
	if !slices.Contains(known, first) {
		return
	}
	o.Languages = []string{first}
	for _, code := range known {
		if code != first && f.values.Get(lookLanguage+code) != "" {
			o.Languages = append(o.Languages, code)
		}
	}
}
