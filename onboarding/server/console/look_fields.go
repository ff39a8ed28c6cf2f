package console

import (
	"slices"
	"strings"

	"onramp/onboarding"
	"onramp/onboarding/server/pages"
)

// The answers for a field of the sign-up form.
const (
	fieldNo       = "no"
	fieldOptional = "optional"
	fieldRequired = "required"
)

// The acts of a field's buttons.
const (
	fieldUp     = "up"
	fieldDown   = "down"
	fieldRemove = "remove"
	fieldAdd    = "add"
)

// ownField is the choice of a field of the organization's own, whose name is typed.
const ownField = "own"

// Limits of the fields on the page.
const (
	maxFields      = 100
	maxLabelInputs = 120
)

// readFields reads the order of the fields, and does the act of the button and the addition.
func (f *lookForm) readFields() {
	for _, name := range strings.Fields(f.values.Get(lookFields)) {
		if onboarding.IsPortalField(name) && !slices.Contains(f.order, name) && len(f.order) < maxFields {
			f.order = append(f.order, name)
		}
	}
	act, name, _ := strings.Cut(f.values.Get(lookAct), " ")
	f.acted = act != ""
	if at := slices.Index(f.order, name); at >= 0 {
		switch act {
		case fieldUp:
			f.move(at, -1)
		case fieldDown:
			f.move(at, 1)
		case fieldRemove:
			f.values.Set(lookField+name, fieldNo)
		}
	}
	if f.values.Get(lookAdd) != "" {
		f.addField()
	}
}

// move moves a field past the next one in a direction that the form asks for.
func (f *lookForm) move(from, step int) {
	for to := from + step; to >= 0 && to < len(f.order); to += step {
		f.order[to], f.order[to-step] = f.order[to-step], f.order[to]
		if f.values.Get(lookField+f.order[to-step]) != fieldNo {
			return
		}
	}
}

// addField adds the chosen field, or one with the typed name, as an optional one at the end.
func (f *lookForm) addField() {
	name, input, remedy := f.values.Get(lookAdd), lookAdd, ""
	if name == ownField {
		name, input = "custom."+strings.TrimSpace(f.values.Get(lookAddName)), lookAddName
		remedy = "1 to 64 letters, digits, _ and -"
	}
	message := ""
	switch {
	case !onboarding.IsPortalField(name):
		message = "is not a name of a form field"
	case slices.Contains(f.order, name) && f.values.Get(lookField+name) != fieldNo:
		message, remedy = "is a field of the form already", ""
	case len(f.order) >= maxFields && !slices.Contains(f.order, name):
		message, remedy = "cannot be added: the form has too many fields", ""
	}
	if message != "" {
		f.wrong = append(f.wrong, onboarding.Finding{
			Severity: onboarding.SeverityError, Field: input, Rule: "form-field", Message: message, Remedy: remedy,
		})
		return
	}
	if !slices.Contains(f.order, name) {
		f.order = append(f.order, name)
	}
	f.values.Set(lookField+name, fieldOptional)
	f.values.Del(lookAdd)
	f.values.Del(lookAddName)
}

// fieldNames returns the names of the fields that a form asks for or may ask for: those of the page
// in its order, then the organization's own, then the others.
func (f *lookForm) fieldNames(p *onboarding.Portal) []string {
	var all []string
	for _, name := range slices.Concat(f.order, p.Fields, onboarding.PortalFields) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// fieldAnswer returns how a form asks for a field.
func fieldAnswer(p *onboarding.Portal, name string) string {
	switch {
	case !slices.Contains(p.Fields, name):
		return fieldNo
	case p.IsOptional(name):
		return fieldOptional
	}
	return fieldRequired
}

// changeFields changes the fields of the sign-up form, their order and their labels. A label goes
// with its field.
func (f *lookForm) changeFields(o *onboarding.Organization) {
	p := &o.Portal
	var fields, optional []string
	for _, name := range f.fieldNames(p) {
		answer := fieldAnswer(p, name)
		switch typed := f.values.Get(lookField + name); typed {
		case fieldNo, fieldOptional, fieldRequired:
			answer = typed
		}
		label := p.Labels[name]
		delete(p.Labels, name)
		if answer == fieldNo {
			continue
		}
		fields = append(fields, name)
		if answer == fieldOptional {
			optional = append(optional, name)
		}
		f.texts(lookLabel+name+".", &label, o.Languages)
		if label != nil {
			if p.Labels == nil {
				p.Labels = map[string]map[string]string{}
			}
			p.Labels[name] = label
		}
	}
	p.Fields, p.Optional = fields, optional
	if len(p.Labels) == 0 {
		p.Labels = nil
	}
}

// fieldsPart is the part of the form with the fields of the sign-up form.
type fieldsPart struct {
	Order     *lookInput // hidden; its findings and its saved value are shown
	Rows      []*fieldRow
	Add, Name *lookInput // a field to add, and the name of an own one
}

// fieldRow is a field of the sign-up form.
type fieldRow struct {
	Name, Label string
	Answer      *lookInput
	Labels      []*lookInput
	Asked       bool // the form asks for it; else it is to be removed
	First, Last bool // of those that the form asks for
}

// Open reports whether a label needs attention.
func (r *fieldRow) Open() bool { return (&lookGroup{Inputs: r.Labels}).Open() }

// Act returns the value of a button.
func (r *fieldRow) Act(act string) string { return act + " " + r.Name }

// fieldGroup holds the fields of the sign-up form in their order, also those that are to be
// removed.
func (v *visit) fieldGroup(draft *onboarding.Organization, typed *lookForm) *lookGroup {
	must := v.texts.must
	p := &draft.Portal
	part := &fieldsPart{
		Order: &lookInput{Name: lookFields, Text: strings.Join(p.Fields, ", ")},
		Add:   &lookInput{Name: lookAdd, Label: must("look.addField"), Kind: "select"},
		Name: &lookInput{
			Name: lookAddName, Label: must("look.ownName"), Hint: must("look.ownHint"),
			Value: typed.values.Get(lookAddName), Kind: "text", Type: "text",
		},
	}
	group := &lookGroup{
		ID: "fields", Title: must("look.fields"), Lead: must("look.fieldsLead"), Fields: part,
		Inputs: []*lookInput{part.Order, part.Add, part.Name},
	}
	labels := 0
	var order []string
	for _, name := range typed.fieldNames(p) {
		asked := slices.Contains(p.Fields, name)
		if !asked && !slices.Contains(typed.order, name) && !slices.Contains(v.organization.Portal.Fields, name) {
			continue
		}
		order = append(order, name)
		row := &fieldRow{
			Name: name, Label: pages.FieldLabel(draft, name, v.texts.code), Answer: v.fieldAnswers(p, name),
			Asked: asked, First: asked && name == p.Fields[0], Last: asked && name == p.Fields[len(p.Fields)-1],
		}
		group.Inputs = append(group.Inputs, row.Answer)
		if labels += len(draft.Languages); asked && labels <= maxLabelInputs {
			row.Labels = v.labelInputs(draft, name)
			group.Inputs = append(group.Inputs, row.Labels...)
		}
		part.Rows = append(part.Rows, row)
	}
	part.Order.Value = strings.Join(order, " ")
	part.Add.Options = append(part.Add.Options, option{Text: must("look.chooseField")})
	for _, name := range onboarding.PortalFields {
		if !slices.Contains(p.Fields, name) {
			part.Add.Options = append(part.Add.Options, option{
				name, pages.FieldLabel(draft, name, v.texts.code), typed.values.Get(lookAdd) == name,
			})
		}
	}
	own := option{ownField, must("look.own"), typed.values.Get(lookAdd) == ownField}
	part.Add.Options = append(part.Add.Options, own)
	return group
}

// fieldAnswers returns the input of a field's answer.
func (v *visit) fieldAnswers(p *onboarding.Portal, name string) *lookInput {
	in := &lookInput{Name: lookField + name, Kind: "select"}
	for _, answer := range []option{
		{Value: fieldNo, Text: v.texts.must("look.no")}, {Value: fieldOptional, Text: v.texts.must("look.optional")},
		{Value: fieldRequired, Text: v.texts.must("look.required")},
	} {
		answer.Chosen = answer.Value == fieldAnswer(p, name)
		in.Options = append(in.Options, answer)
	}
	return in
}

// labelInputs returns the inputs of a field's label in each language. The hint is the label of the
// page.
func (v *visit) labelInputs(draft *onboarding.Organization, name string) []*lookInput {
	var inputs []*lookInput
	for _, code := range draft.Languages {
		inputs = append(inputs, &lookInput{
			Name: lookLabel + name + "." + code, Label: v.texts.must("look.labelIn", "language", languageName(code)),
			Lang: code, Value: draft.Portal.Labels[name][code], Kind: "text", Type: "text",
			Placeholder: pages.FieldLabel(&onboarding.Organization{}, name, code),
		})
	}
	return inputs
}
