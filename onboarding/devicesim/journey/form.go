package journey

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// form is a form of a page with the values that it sends.
type form struct {
	action *url.URL
	values url.Values
	// fields counts the controls that a person fills. A form without any is only a button.
	fields int
	// code is the name of the field that asks for a one-time code; empty: none does.
	code string
	// submitted reports whether a submit button was pressed: only the first one sends its value.
	submitted bool
}

// postForms returns the page's forms with method POST, filled in by a person.
func (p *page) postForms(who person) ([]form, error) {
	var out []form
	for _, s := range p.Find("form").EachIter() {
		if !strings.EqualFold(attr(s, "method"), "post") {
			continue
		}
		f := form{action: p.resolve(attr(s, "action")), values: url.Values{}}
		if f.action == nil {
			return nil, fmt.Errorf("the form's address %q is invalid", attr(s, "action"))
		}
		if e := attr(s, "enctype"); e != "" && !strings.EqualFold(e, "application/x-www-form-urlencoded") {
			return nil, fmt.Errorf("the form's encoding %s is not supported", e)
		}
		for _, control := range s.Find("input, select, textarea, button").Not("[disabled]").EachIter() {
			f.fill(control, who)
		}
		out = append(out, f)
	}
	return out, nil
}

// fill adds the value that a person enters into one control.
func (f *form) fill(s *goquery.Selection, who person) {
	name := attr(s, "name")
	switch goquery.NodeName(s) {
	case "input":
		f.fillInput(s, name, who)
	case "select":
		if name != "" {
			f.fields++
			f.values.Set(name, chosenOption(s, who.answer(s)))
		}
	case "textarea":
		if name != "" {
			f.fields++
			f.values.Set(name, textOf(s))
		}
	case "button":
		if kind := strings.ToLower(attr(s, "type")); kind == "" || kind == "submit" {
			f.press(s, name)
		}
	}
}

// press submits the form with a button, unless another button did.
func (f *form) press(s *goquery.Selection, name string) {
	if !f.submitted && name != "" {
		f.values.Set(name, attr(s, "value"))
	}
	f.submitted = true
}

func (f *form) fillInput(s *goquery.Selection, name string, who person) {
	switch strings.ToLower(attr(s, "type")) {
	case "hidden":
		f.values.Add(name, attr(s, "value"))
	case "submit", "image":
		f.press(s, name)
	case "reset", "button", "file":
	case "checkbox":
		f.fields++
		if s.Is("[required], [checked]") || isMandatoryPolicy(name+" "+attr(s, "value")) {
			f.values.Add(name, s.AttrOr("value", "on"))
		}
	case "radio":
		f.fields++
		if s.Is("[checked]") || !f.values.Has(name) {
			f.values.Set(name, attr(s, "value"))
		}
	default:
		if name != "" {
			f.fillText(s, name, who)
		}
	}
}

// fillText fills an input of one line. Decoys keep their value.
func (f *form) fillText(s *goquery.Selection, name string, who person) {
	if strings.Contains(attr(s, "autocomplete"), "one-time-code") {
		f.code = name
	}
	value := attr(s, "value")
	if !isDecoy(s) {
		f.fields++
		if value == "" {
			value = who.answer(s)
		}
		if value == "" && s.Is("[required]") {
			value = "x"
		}
	}
	f.values.Add(name, value)
}

// isDecoy reports whether a field is invisible to people: such fields catch robots.
func isDecoy(s *goquery.Selection) bool {
	return attr(s, "tabindex") == "-1" || s.Closest(`[hidden], [aria-hidden="true"]`).Length() > 0
}

// isMandatoryPolicy reports whether registration requires consent to the policy of this name.
func isMandatoryPolicy(name string) bool {
	return strings.Contains(name, "termsOfUse") || strings.Contains(name, "privacy")
}

// chosenOption returns the answer if it is one of the options, else the selected option or the
// first one with a value.
func chosenOption(s *goquery.Selection, answer string) string {
	first, selected := "", ""
	for _, option := range s.Find("option").EachIter() {
		value := option.AttrOr("value", textOf(option))
		if answer != "" && strings.EqualFold(value, answer) {
			return value
		}
		if option.Is("[selected]") && value != "" {
			selected = value
		}
		if first == "" {
			first = value
		}
	}
	if selected != "" {
		return selected
	}
	return first
}
