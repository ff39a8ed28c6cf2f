package devicesim

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// form is a form of a page with the values it will send.
type form struct {
	action *url.URL
	values url.Values
	// fields counts those that a person fills; a form with none is a mere button.
	fields int
	// code is true when a field asks for a one-time code, which this visitor does not receive.
	code bool
}

// postForms returns the page's forms that post, filled in by a person.
func (p *page) postForms(who person) ([]form, error) {
	var out []form
	var failed error
	p.walk(func(n *html.Node) {
		if n.Data != "form" || !strings.EqualFold(attr(n, "method"), "post") || failed != nil {
			return
		}
		f := form{action: p.resolve(attr(n, "action")), values: url.Values{}}
		if f.action == nil {
			failed = fmt.Errorf("a form whose address is %q", attr(n, "action"))
			return
		}
		if e := attr(n, "enctype"); e != "" && !strings.EqualFold(e, "application/x-www-form-urlencoded") {
			failed = fmt.Errorf("a form in %s", e)
			return
		}
		submitted := false
		walkElements(n, func(c *html.Node) { f.fill(c, who, &submitted) })
		out = append(out, f)
	})
	return out, failed
}

// fill sends what a person would put into one control. Disabled controls are not sent.
func (f *form) fill(n *html.Node, who person, submitted *bool) {
	name := attr(n, "name")
	_, disabled := attribute(n, "disabled")
	if disabled {
		return
	}
	switch n.Data {
	case "input":
		f.fillInput(n, name, who, submitted)
	case "select":
		if name != "" {
			f.fields++
			f.values.Set(name, chosenOption(n, who.answer(n)))
		}
	case "textarea":
		if name != "" {
			f.fields++
			f.values.Set(name, textOf(n))
		}
	case "button":
		kind := strings.ToLower(attr(n, "type"))
		if (kind == "" || kind == "submit") && !*submitted {
			*submitted = true
			f.press(n, name)
		}
	}
}

func (f *form) press(n *html.Node, name string) {
	if name != "" {
		f.values.Set(name, attr(n, "value"))
	}
}

func (f *form) fillInput(n *html.Node, name string, who person, submitted *bool) {
	_, required := attribute(n, "required")
	kind := strings.ToLower(attr(n, "type"))
	switch kind {
	case "hidden":
		f.values.Add(name, attr(n, "value"))
	case "submit", "image":
		if !*submitted {
			*submitted = true
			f.press(n, name)
		}
	case "reset", "button", "file":
	case "checkbox":
		f.fields++
		_, checked := attribute(n, "checked")
		if required || checked || isMandatoryPolicy(name+" "+attr(n, "value")) {
			value, given := attribute(n, "value")
			if !given {
				value = "on"
			}
			f.values.Add(name, value)
		}
	case "radio":
		f.fields++
		if _, checked := attribute(n, "checked"); checked || !f.values.Has(name) {
			f.values.Set(name, attr(n, "value"))
		}
	default:
		if name == "" {
			return
		}
		if !isDecoy(n) {
			f.fields++
		}
		if strings.Contains(attr(n, "autocomplete"), "one-time-code") {
			f.code = true
		}
		value := attr(n, "value")
		if value == "" && !isDecoy(n) {
			value = who.answer(n)
			if value == "" && required {
				value = "x"
			}
		}
		f.values.Add(name, value)
	}
}

// isDecoy tells a field that people do not see, put there for robots to fill.
func isDecoy(n *html.Node) bool {
	if attr(n, "tabindex") == "-1" {
		return true
	}
	for ; n != nil; n = n.Parent {
		if n.Type != html.ElementNode {
			continue
		}
		if _, hidden := attribute(n, "hidden"); hidden || attr(n, "aria-hidden") == "true" {
			return true
		}
	}
	return false
}

// isMandatoryPolicy knows the two policies without which nobody is registered.
func isMandatoryPolicy(name string) bool {
	return strings.Contains(name, "termsOfUse") || strings.Contains(name, "privacy")
}

// chosenOption is the answer when it is on offer, else the first option that says something.
func chosenOption(n *html.Node, answer string) string {
	first, selected, found := "", "", false
	walkElements(n, func(c *html.Node) {
		if c.Data != "option" {
			return
		}
		value, given := attribute(c, "value")
		if !given {
			value = textOf(c)
		}
		if answer != "" && strings.EqualFold(value, answer) {
			selected, found = value, true
		}
		if _, is := attribute(c, "selected"); is && !found && value != "" {
			selected = value
		}
		if first == "" {
			first = value
		}
	})
	if selected != "" {
		return selected
	}
	return first
}
