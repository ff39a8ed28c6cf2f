package console

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"onramp/onboarding"
)

// lookGroup is a part of the form of the page's look.
type lookGroup struct {
	ID, Title, Lead string // Lead may be empty
	Inputs          []*lookInput
	Folded          bool        // shown on demand
	Fields          *fieldsPart // of the group of the form's fields, which shows its inputs itself
}

// Open reports whether an input of the group needs attention.
func (g *lookGroup) Open() bool {
	return slices.ContainsFunc(g.Inputs, func(in *lookInput) bool { return len(in.Found) > 0 || in.Saved != "" })
}

// lookInput is an input of the form.
type lookInput struct {
	Name, Label, Hint, Value string // Hint may be empty
	Lang                     string // of the value; may be empty
	Kind                     string // the name of its template
	Type                     string // of an input
	Placeholder              string // what an empty value stands for; may be empty
	Options                  []option
	Found                    []healthLine
	Wrong                    bool
	Saved                    string // the saved value, if it differs from the typed one after a conflict
	Text                     string // of a value that is no text for people; may be empty
}

// DescribedBy returns the IDs of the texts about the input.
func (i *lookInput) DescribedBy() string {
	var ids []string
	if i.Hint != "" {
		ids = append(ids, i.Name+"-hint")
	}
	if len(i.Found) > 0 {
		ids = append(ids, i.Name+"-found")
	}
	return strings.Join(ids, " ")
}

// Limits of the policies in the form; the tenant file holds any. The form may have
// web.MaxParameters fields and lookLimit bytes.
const (
	maxPolicyInputs = 180
	maxPolicyBytes  = 384 << 10
)

// lookGroups returns the form for a draft of the organization.
func (v *visit) lookGroups(draft *onboarding.Organization, typed *lookForm) []*lookGroup {
	must := v.texts.must
	b := &draft.Portal.Brand
	help := onboarding.Helpdesk{}
	if b.Help != nil {
		help = *b.Help
	}
	input := func(name, label, hint, value, kind string) *lookInput {
		return &lookInput{Name: name, Label: label, Hint: hint, Value: value, Kind: "text", Type: kind}
	}
	look := &lookGroup{ID: "brand", Title: must("look.brand"), Inputs: []*lookInput{
		input(lookAccent, must("look.accent"), must("look.accentHint"), b.Accent, "text"),
		{Name: lookLogo, Label: must("look.logo"), Hint: must("look.logoHint"), Kind: "logo"},
		input(lookAddress, must("look.address"), "", b.Address, "text"),
		input(lookHelp+"phone", must("look.phone"), "", help.Phone, "tel"),
		input(lookHelp+"email", must("look.email"), "", help.Email, "email"),
		input(lookHelp+"url", must("look.url"), must("look.helpHint"), help.URL, "url"),
	}}
	groups := []*lookGroup{look, v.languageGroup(draft), v.fieldGroup(draft, typed)}
	return append(groups, v.policyGroups(draft)...)
}

// languageName returns a language's name in itself.
func languageName(code string) string {
	if name := display.Self.Name(language.Make(code)); name != "" {
		return name
	}
	return code
}

// languageGroup holds the languages, and the name in each.
func (v *visit) languageGroup(draft *onboarding.Organization) *lookGroup {
	must := v.texts.must
	first := &lookInput{Name: lookFirst, Label: must("look.first"), Kind: "select"}
	others := &lookInput{
		Name: lookLanguages, Label: must("look.languages"), Hint: must("look.languagesHint"), Kind: "boxes",
	}
	has := map[string]bool{}
	for _, code := range draft.Languages {
		has[code] = true
	}
	known := languagesToChoose(v.organization)
	for _, code := range languagesToChoose(draft) {
		if !has[code] && !slices.Contains(known, code) {
			continue
		}
		first.Options = append(first.Options, option{
			Value: code, Text: languageName(code), Chosen: len(draft.Languages) > 0 && draft.Languages[0] == code,
		})
		others.Options = append(others.Options, option{
			Value: lookLanguage + code, Text: languageName(code), Chosen: has[code],
		})
	}
	group := &lookGroup{ID: "languages", Title: must("look.names"), Inputs: []*lookInput{
		first, others,
		{Name: lookName, Label: must("look.name"), Value: draft.Name, Kind: "text", Type: "text"},
	}}
	for _, code := range draft.Languages {
		group.Inputs = append(group.Inputs, &lookInput{
			Name: lookNames + code, Label: must("look.nameIn", "language", languageName(code)), Lang: code,
			Value: draft.Names[code], Kind: "text", Type: "text",
		})
	}
	return group
}

// policyGroups holds the texts of the policies, as many as the form may have.
func (v *visit) policyGroups(draft *onboarding.Organization) []*lookGroup {
	must := v.texts.must
	var groups []*lookGroup
	inputs, size := 0, 0
	for i := range draft.Policies {
		p := &draft.Policies[i]
		at := lookPolicy + p.Key + "."
		title := p.Key
		if key := "policy." + p.Key; v.texts.has(key) {
			title = must(key)
		}
		group := &lookGroup{ID: at + "group", Title: title, Folded: true, Inputs: []*lookInput{
			{
				Name: at + "version", Label: must("look.version"), Hint: must("look.versionHint"), Value: p.Version,
				Kind: "text", Type: "text",
			},
			{Name: at + "url", Label: must("look.policyURL"), Value: p.URL, Kind: "text", Type: "url"},
		}}
		for _, code := range draft.Languages {
			of := []string{"language", languageName(code)}
			group.Inputs = append(group.Inputs,
				&lookInput{
					Name: at + "title." + code, Label: must("look.titleIn", of...), Lang: code, Value: p.Title[code],
					Kind: "text", Type: "text",
				},
				&lookInput{
					Name: at + "text." + code, Label: must("look.textIn", of...), Lang: code, Value: p.Text[code],
					Kind: "area",
				},
				&lookInput{
					Name: at + "changes." + code, Label: must("look.changesIn", of...), Lang: code,
					Value: p.Changes[code], Kind: "area",
				})
		}
		inputs += len(group.Inputs)
		for _, in := range group.Inputs {
			size += len(in.Value)
		}
		if inputs > maxPolicyInputs || size > maxPolicyBytes {
			return append(groups, &lookGroup{ID: "more", Title: title, Lead: must("look.more")})
		}
		groups = append(groups, group)
	}
	return groups
}

// indexed matches the fields of lists in a finding.
var indexed = regexp.MustCompile(`^(languages|portal\.fields|policies)\[(\d+)\](.*)$`)

// inputOf returns the name of the input that a finding is about, among those of the form; empty if
// there is none.
func inputOf(o *onboarding.Organization, field string, known map[string]*lookInput) string {
	if m := indexed.FindStringSubmatch(field); m != nil {
		n, err := strconv.Atoi(m[2])
		switch {
		case err != nil:
		case m[1] == lookLanguages:
			field = lookLanguages
		case m[1] == "policies" && n < len(o.Policies):
			if field = lookPolicy + o.Policies[n].Key + m[3]; m[3] == "" {
				field += ".url"
			}
		case m[1] == "portal.fields" && n < len(o.Portal.Fields):
			field = lookField + o.Portal.Fields[n]
			if label, ok := strings.CutPrefix(m[3], ".label"); ok {
				field = lookLabel + o.Portal.Fields[n] + label
			}
		}
	}
	if field == "portal.verify" {
		field = lookField + o.Portal.Verify.Field()
	}
	first := ""
	if len(o.Languages) > 0 {
		first = "." + o.Languages[0]
	}
	for {
		for _, name := range []string{field, field + first} {
			if known[name] != nil {
				return name
			}
		}
		cut := strings.LastIndexByte(field, '.')
		if cut < 0 {
			return ""
		}
		field = field[:cut]
	}
}

// shown returns the value of an input as text.
func (i *lookInput) shown() string {
	if i.Text != "" {
		return i.Text
	}
	var chosen []string
	for _, o := range i.Options {
		if o.Chosen {
			chosen = append(chosen, o.Text)
		}
	}
	if i.Options != nil {
		return strings.Join(chosen, ", ")
	}
	return i.Value
}
