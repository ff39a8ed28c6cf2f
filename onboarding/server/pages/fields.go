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
	"onramp/onboarding/server/web"
)

// fieldKind says how a member of the customer is asked for: what the browser may fill in by itself (HTML's autofill names), which keyboard a
// phone shows, and which words explain a mistake.
type fieldKind struct {
	autocomplete, inputType, inputMode, capitalize string
	max                                            int
	problem                                        string // key of the text for a value that is refused
	set                                            func(in *onboarding.CustomerInput, value *string)
	options                                        func(*texts) []fieldOption
}

type fieldOption struct{ Value, Label string }

// fieldKinds are those that a tenant may list.
var fieldKinds = map[string]fieldKind{
	"firstName": {autocomplete: "given-name", capitalize: "words", max: 255, set: func(in *onboarding.CustomerInput, v *string) { in.FirstName = v }},
	"lastName":  {autocomplete: "family-name", capitalize: "words", max: 255, set: func(in *onboarding.CustomerInput, v *string) { in.LastName = v }},
	"title":     {autocomplete: "honorific-prefix", capitalize: "words", max: 255, set: func(in *onboarding.CustomerInput, v *string) { in.Title = v }},
	"email": {autocomplete: "email", inputType: "email", inputMode: "email", capitalize: "none", max: 254, problem: "problem.email",
		set: func(in *onboarding.CustomerInput, v *string) { in.Email = v }},
	"phoneNumber": {autocomplete: "tel", inputType: "tel", inputMode: "tel", max: 32, problem: "problem.phoneNumber",
		set: func(in *onboarding.CustomerInput, v *string) { in.PhoneNumber = v }},
	"gender": {autocomplete: "sex", problem: "problem.choice", options: genderOptions,
		set: func(in *onboarding.CustomerInput, v *string) { in.Gender = v }},
	"birthDate": {autocomplete: "bday", inputType: "date", max: 10, problem: "problem.birthDate",
		set: func(in *onboarding.CustomerInput, v *string) { in.BirthDate = v }},
	"language": {autocomplete: "language", problem: "problem.choice", options: languageOptions,
		set: func(in *onboarding.CustomerInput, v *string) { in.Language = v }},
	"country": {autocomplete: "country", problem: "problem.choice", options: countryOptions,
		set: func(in *onboarding.CustomerInput, v *string) { in.Country = v }},
	"zipCode": {autocomplete: "postal-code", capitalize: "characters", max: 32, set: func(in *onboarding.CustomerInput, v *string) { in.ZipCode = v }},
	"companyName": {autocomplete: "organization", capitalize: "words", max: 255,
		set: func(in *onboarding.CustomerInput, v *string) { in.CompanyName = v }},
	"civilStatus": {autocomplete: "off", max: 255, set: func(in *onboarding.CustomerInput, v *string) { in.CivilStatus = v }},
}

// customPrefix opens the names of fields that are the tenant's own.
const customPrefix = "custom."

// kindOf returns how to ask for a field, and whether the form can.
func kindOf(name string) (fieldKind, bool) {
	if own, is := strings.CutPrefix(name, customPrefix); is && own != "" {
		return fieldKind{autocomplete: "off", max: 1024, set: func(in *onboarding.CustomerInput, v *string) {
			if in.Custom == nil {
				in.Custom = map[string]string{}
			}
			in.Custom[own] = *v
		}}, true
	}
	k, ok := fieldKinds[name]
	return k, ok
}

// field is one question of the form, as the template shows it.
type field struct {
	ID, Name, Label, Hint, Value, Problem     string
	Type, Autocomplete, InputMode, Capitalize string
	DescribedBy                               string
	Max                                       int
	Options                                   []fieldOption
}

// fieldsOf are the questions of an organization's form, with what was typed and what is wrong with it, by name.
func fieldsOf(o *onboarding.Organization, t *texts, typed url.Values, problems map[string]string) []field {
	var fields []field
	for _, name := range o.Portal.Fields {
		kind, ok := kindOf(name)
		if !ok {
			continue
		}
		f := field{
			ID: fieldID(name), Name: name, Label: fieldLabel(t, name), Value: shown(typed.Get(name)), Problem: problems[name],
			Type: kind.inputType, Autocomplete: kind.autocomplete, InputMode: kind.inputMode, Capitalize: kind.capitalize, Max: kind.max,
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
	return fields
}

// fieldID is what a label and the list of problems refer to: a name of the form in the letters of an HTML id.
func fieldID(name string) string {
	return "f-" + strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\n' {
			return '_'
		}
		return r
	}, name)
}

func fieldLabel(t *texts, name string) string {
	if own, is := strings.CutPrefix(name, customPrefix); is {
		return own
	}
	return t.say("field." + name)
}

// shown is what was typed in a form that a page can hold: HTML is UTF-8 without NUL, and a field's text is as long as anything that could have been right.
func shown(typed string) string {
	typed = strings.ReplaceAll(strings.ToValidUTF8(typed, "\uFFFD"), "\x00", "\uFFFD")
	if utf8.RuneCountInString(typed) > 2000 {
		typed = web.Truncate(typed, 2000)
	}
	return typed
}

// tidy is a value without the spaces that a phone's keyboard leaves behind.
func tidy(typed string) string {
	return strings.TrimSpace(typed)
}

func genderOptions(t *texts) []fieldOption {
	return []fieldOption{{"female", t.say("gender.female")}, {"male", t.say("gender.male")}, {"other", t.say("gender.other")}}
}

// countryOptions are the countries of ISO 3166-1 in the page's language and its order.
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

// languageOptions are the languages of ISO 639-1 that have a name in the page's language.
func languageOptions(t *texts) []fieldOption { return isoLanguages(t.code) }

var isoLanguages = perLanguage(func(tag language.Tag) []fieldOption {
	names := display.Languages(tag)
	var all []fieldOption
	named := map[string]bool{} // two codes may share a name: one is enough
	for _, code := range onboarding.LanguageCodes() {
		if name := names.Name(language.Make(code)); name != "" && name != code && !named[name] {
			named[name] = true
			all = append(all, fieldOption{code, name})
		}
	}
	return all
})

// perLanguage makes a list once for each language, sorted as that language sorts.
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
