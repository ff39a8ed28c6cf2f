package pages

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"onramp/onboarding"
	"onramp/onboarding/registration"
	"onramp/onboarding/server/web"
)

// fieldKind defines how the form asks for a member of the customer: the autofill name of HTML, the
// keyboard of a phone, and the text of an error.
type fieldKind struct {
	autocomplete, inputType, inputMode, capitalize string
	max                                            int
	problem                                        string // key of the text for an invalid value
	set                                            func(in *registration.CustomerInput, value *string)
	options                                        func(*texts) []fieldOption
}

type fieldOption struct{ Value, Label string }

// fieldKinds holds the fields that a tenant may use.
var fieldKinds = map[string]fieldKind{
	"firstName": {
		autocomplete: "given-name", capitalize: "words", max: 255,
		set: func(in *registration.CustomerInput, v *string) { in.FirstName = v },
	},
	"lastName": {
		autocomplete: "family-name", capitalize: "words", max: 255,
		set: func(in *registration.CustomerInput, v *string) { in.LastName = v },
	},
	"title": {
		autocomplete: "honorific-prefix", capitalize: "words", max: 255,
		set: func(in *registration.CustomerInput, v *string) { in.Title = v },
	},
	"email": {autocomplete: "email", inputType: "email", inputMode: "email", capitalize: "none", max: 254,
		problem: "problem.email",
		set:     func(in *registration.CustomerInput, v *string) { in.Email = v }},
	"phoneNumber": {autocomplete: "tel", inputType: "tel", inputMode: "tel", max: 32, problem: "problem.phoneNumber",
		set: func(in *registration.CustomerInput, v *string) { in.PhoneNumber = v }},
	"gender": {autocomplete: "sex", problem: "problem.choice", options: genderOptions,
		set: func(in *registration.CustomerInput, v *string) { in.Gender = v }},
	"birthDate": {autocomplete: "bday", inputType: "date", max: 10, problem: "problem.birthDate",
		set: func(in *registration.CustomerInput, v *string) { in.BirthDate = v }},
	"language": {autocomplete: "language", problem: "problem.choice", options: languageOptions,
		set: func(in *registration.CustomerInput, v *string) { in.Language = v }},
	"country": {autocomplete: "country", problem: "problem.choice", options: countryOptions,
		set: func(in *registration.CustomerInput, v *string) { in.Country = v }},
	"zipCode": {
		autocomplete: "postal-code", capitalize: "characters", max: 32,
		set: func(in *registration.CustomerInput, v *string) { in.ZipCode = v },
	},
	"companyName": {autocomplete: "organization", capitalize: "words", max: 255,
		set: func(in *registration.CustomerInput, v *string) { in.CompanyName = v }},
	"civilStatus": {
		autocomplete: "off", max: 255, set: func(in *registration.CustomerInput, v *string) { in.CivilStatus = v },
	},
}

// customPrefix starts the names of a tenant's own fields.
const customPrefix = "custom."

// kindOf returns the kind of a field, or false if the form cannot ask for it.
func kindOf(name string) (fieldKind, bool) {
	if own, is := strings.CutPrefix(name, customPrefix); is && own != "" {
		return fieldKind{autocomplete: "off", max: 1024, set: func(in *registration.CustomerInput, v *string) {
			if in.Custom == nil {
				in.Custom = map[string]string{}
			}
			in.Custom[own] = *v
		}}, true
	}
	k, ok := fieldKinds[name]
	return k, ok
}

// field is one field of the form, for the template.
type field struct {
	ID, Name, Label, Hint, Value, Problem     string
	Type, Autocomplete, InputMode, Capitalize string
	EnterKey                                  string // what the Enter key of a phone's keyboard does
	DescribedBy                               string
	Optional                                  bool
	Half                                      bool // shares its line with the field beside it
	Max                                       int
	Options                                   []fieldOption
}

// fieldsOf returns the fields of an organization's form with their values and problems.
func fieldsOf(o *onboarding.Organization, t *texts, typed url.Values, problems map[string]string) []field {
	var fields []field
	for _, name := range o.Portal.Fields {
		kind, ok := kindOf(name)
		if !ok {
			continue
		}
		f := field{
			ID: fieldID(name), Name: name, Label: fieldLabel(o, t, name), Value: displayable(typed.Get(name)),
			Problem: problems[name],
			Type:    kind.inputType, Autocomplete: kind.autocomplete, InputMode: kind.inputMode,
			Capitalize: kind.capitalize, Max: kind.max, EnterKey: "next", Optional: o.Portal.IsOptional(name),
		}
		if f.Type == "" {
			f.Type = "text"
		}
		if kind.options != nil {
			f.Options = kind.options(t)
		}
		var describedBy []string
		if hint, has := t.one["hint."+name]; has {
			f.Hint = hint
			describedBy = append(describedBy, f.ID+"-hint")
		}
		if f.Problem != "" {
			describedBy = append(describedBy, f.ID+"-wrong")
		}
		f.DescribedBy = strings.Join(describedBy, " ")
		fields = append(fields, f)
	}
	for i := range fields {
		if i > 0 && !fields[i-1].Half && isNamePair(fields[i-1].Name, fields[i].Name) {
			fields[i-1].Half, fields[i].Half = true, true
		}
	}
	if len(fields) > 0 {
		fields[len(fields)-1].EnterKey = "done"
	}
	return fields
}

// isNamePair reports whether two fields are first and last name, in any order.
func isNamePair(a, b string) bool {
	return a == "firstName" && b == "lastName" || a == "lastName" && b == "firstName"
}

// fieldID returns the HTML id of a field.
func fieldID(name string) string {
	return "f-" + strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\n' {
			return '_'
		}
		return r
	}, name)
}

// fieldLabel returns the tenant's label of a field, or the page's own.
func fieldLabel(o *onboarding.Organization, t *texts, name string) string {
	if label := web.InLanguage(o.Portal.Labels[name], t.code, o); label != "" {
		return label
	}
	if own, is := strings.CutPrefix(name, customPrefix); is {
		return own
	}
	return t.must("field." + name)
}

// displayable returns a value in a form that a page can hold: UTF-8 without NUL, shortened to more
// than any valid value has.
func displayable(typed string) string {
	typed = strings.ReplaceAll(strings.ToValidUTF8(typed, "\uFFFD"), "\x00", "\uFFFD")
	if utf8.RuneCountInString(typed) > 2000 {
		typed = onboarding.CutText(typed, 2000)
	}
	return typed
}

// trim removes the spaces that a phone's keyboard adds.
func trim(typed string) string {
	return strings.TrimSpace(typed)
}

func genderOptions(t *texts) []fieldOption {
	return []fieldOption{
		{"female", t.must("gender.female")}, {"male", t.must("gender.male")}, {"other", t.must("gender.other")},
	}
}

// countryOptions returns the countries of ISO 3166-1 in the page's language, sorted.
func countryOptions(t *texts) []fieldOption { return countries(t.code) }

var countries = perLanguage(func(tag language.Tag) []fieldOption {
	names := display.Regions(tag)
	var all []fieldOption
	for _, code := range onboarding.CountryCodes() {
		region, err := language.ParseRegion(code)
		if err != nil {
			continue
		}
		if name := names.Name(region); name != "" && name != code {
			all = append(all, fieldOption{code, name})
		}
	}
	return all
})

// languageOptions returns the languages of ISO 639-1 that have a name in the page's language.
func languageOptions(t *texts) []fieldOption { return isoLanguages(t.code) }

var isoLanguages = perLanguage(func(tag language.Tag) []fieldOption {
	names := display.Languages(tag)
	var all []fieldOption
	named := map[string]bool{} // two codes may share a name
	for _, code := range onboarding.LanguageCodes() {
		if name := names.Name(language.Make(code)); name != "" && name != code && !named[name] {
			named[name] = true
			all = append(all, fieldOption{code, name})
		}
	}
	return all
})

// perLanguage caches a list for each language, sorted by its rules.
func perLanguage(list func(language.Tag) []fieldOption) func(code string) []fieldOption {
	var mu sync.Mutex
	made := map[string][]fieldOption{}
	return func(code string) []fieldOption {
		mu.Lock()
		defer mu.Unlock()
		if options, ok := made[code]; ok {
			return options
		}
		tag := language.Make(code)
		options, order := list(tag), collate.New(tag)
		slices.SortStableFunc(options, func(a, b fieldOption) int { return order.CompareString(a.Label, b.Label) })
		made[code] = options
		return options
	}
}
