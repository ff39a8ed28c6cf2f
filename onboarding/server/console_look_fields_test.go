package server

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"onramp/onboarding"
)

// fieldsOn returns the names of the fields on the page of the look, in their order.
func fieldsOn(p *webpage) []string {
	var names []string
	for _, n := range p.all("select") {
		if name, ok := strings.CutPrefix(attribute(n, "name"), "portal.fields."); ok {
			names = append(names, name)
		}
	}
	return names
}

// previewed returns the labels of the fields in the preview of the sign-up page.
func previewed(p *webpage) []string {
	var labels []string
	for _, root := range p.all("div") {
		if attribute(root, "class") != "fields" {
			continue
		}
		for _, n := range elements(root, "label") {
			label, _, _ := strings.Cut(textOf(n), " (")
			labels = append(labels, label)
		}
	}
	return labels
}

// withThreeFields gives the sign-up form three fields in a fixed order.
func withThreeFields(o *onboarding.Organization) {
	o.Languages = []string{"en", "it"}
	o.Portal.Fields = []string{"firstName", "lastName", "email"}
	o.Portal.Optional = []string{"lastName"}
	for i := range o.Policies {
		o.Policies[i].Title["it"] = "Testo"
	}
}

// press sends the form with a button of a field.
func (o *operator) press(form url.Values, button string) *webpage {
	o.Helper()
	return o.send(lookAt, withFields(form, map[string]string{"field": button})).want(http.StatusOK)
}

// TestConsoleFieldsOrder: the buttons move a field up and down, the preview shows it, nothing is
// saved before the form is, and then the sign-up page has the order.
func TestConsoleFieldsOrder(t *testing.T) {
	v := newVenue(t, withThreeFields)
	before := v.looked()
	o := signedIn(v, demoID)
	p := o.open(lookAt).want(http.StatusOK)
	for _, step := range []struct{ button, want string }{
		{"up firstName", "firstName lastName email"}, {"down email", "firstName lastName email"},
		{"down firstName", "lastName firstName email"}, {"down firstName", "lastName email firstName"},
		{"up email", "email lastName firstName"}, {"up firstName", "email firstName lastName"},
		{"up nothing", "email firstName lastName"}, {"sideways email", "email firstName lastName"},
		{"remove firstName", "email firstName lastName"}, {"down email", "firstName lastName email"},
	} {
		p = o.press(lookForm(p), step.button).says("Nothing is saved yet")
		if got := strings.Join(fieldsOn(p), " "); got != step.want {
			t.Errorf("%s: %s, want %s", step.button, got, step.want)
		}
	}
	if got := previewed(p); !slices.Equal(got, []string{"Last name", "E-mail address"}) {
		t.Errorf("the preview has %q", got)
	}
	if v.looked().Version != before.Version {
		t.Error("a button has saved the settings")
	}
	form := lookForm(p)
	again := o.press(form, "up email")
	if twice := o.press(form, "up email"); twice.raw != again.raw {
		t.Error("a double click moves a field twice")
	}
	o.send(lookAt, form).want(http.StatusSeeOther)
	o.send(lookAt, form).want(http.StatusSeeOther) // a double click
	got := v.looked()
	if !slices.Equal(got.Portal.Fields, []string{"lastName", "email"}) ||
		!slices.Equal(got.Portal.Optional, []string{"lastName"}) || got.Version != before.Version+1 {
		t.Errorf("%+v", got.Portal)
	}
	page := v.browse(http.MethodGet, "/portal/"+demoID, nil).want(http.StatusOK).raw
	last, email := strings.Index(page, `name="lastName"`), strings.Index(page, `name="email"`)
	if last < 0 || email < last || strings.Contains(page, `name="firstName"`) {
		t.Errorf("the sign-up page has the fields at %d and %d", last, email)
	}
	versions := o.open(lookAt).want(http.StatusOK).linkTo(lookAt+"/", "")
	o.send(versions, o.formOf(versions, versions)).want(http.StatusSeeOther)
	if got := v.looked().Portal.Fields; !slices.Equal(got, before.Portal.Fields) {
		t.Errorf("restored: %v", got)
	}
}

// TestConsoleFieldsAdd: a field is added with a label by language, also one of the organization's
// own, and the sign-up page asks for it.
func TestConsoleFieldsAdd(t *testing.T) {
	v := newVenue(t, withThreeFields)
	o := signedIn(v, demoID)
	form := lookForm(o.open(lookAt).want(http.StatusOK))
	form.Set("add.field", "country")
	p := o.press(form, "add")
	form = lookForm(p)
	form.Set("add.field", "own")
	form.Set("add.name", " room-7 ")
	p = o.press(form, "add")
	want := []string{"firstName", "lastName", "email", "country", "custom.room-7"}
	if got := fieldsOn(p); !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	if found := foundAt(p, "portal.fields.custom.room-7"); !strings.Contains(found, "Warning has no label") {
		t.Errorf("beside the own field is %q", found)
	}
	form = lookForm(p)
	if form.Get("add.field") != "" || form.Get("add.name") != "" || form.Get("portal.fields.country") != "optional" {
		t.Errorf("the form has %v", form)
	}
	form.Set("portal.fields.country", "required")
	form.Set("portal.labels.custom.room-7.en", "Room <b>number</b>")
	form.Set("portal.labels.custom.room-7.it", "Camera")
	form.Set("portal.labels.email.it", " La tua e-mail ")
	form.Set("portal.labels.email.en", "Your e-mail")
	p = o.send(lookAt, withFields(form, map[string]string{"preview": "true"})).want(http.StatusOK)
	p.says("Room <b>number</b>")
	if got := previewed(p); !slices.Contains(got, "Your e-mail") || !slices.Contains(got, "Room <b>number</b>") ||
		strings.Contains(p.raw, "<b>number") {
		t.Errorf("the preview has %q", got)
	}
	o.send(lookAt, form).want(http.StatusSeeOther)
	got := v.looked().Portal
	if !slices.Equal(got.Fields, want) || !slices.Equal(got.Optional, []string{"lastName", "custom.room-7"}) ||
		!maps.Equal(got.Labels["custom.room-7"], map[string]string{"en": "Room <b>number</b>", "it": "Camera"}) ||
		!maps.Equal(got.Labels["email"], map[string]string{"en": "Your e-mail", "it": "La tua e-mail"}) {
		t.Errorf("%+v", got)
	}
	page := v.browse(http.MethodGet, "/portal/"+demoID, nil).want(http.StatusOK)
	page.says("Your e-mail", "Room <b>number</b>")
	if strings.Contains(page.raw, "<b>number") || !strings.Contains(page.raw, `name="custom.room-7"`) {
		t.Error("the sign-up page lacks the field, or its label is HTML")
	}
	form = lookForm(o.open(lookAt).want(http.StatusOK))
	form.Set("portal.labels.email.en", "")
	form.Set("portal.labels.email.it", "")
	form.Set("portal.fields.custom.room-7", "no")
	form.Set("add.field", "zipCode") // chosen, and saved without its button
	o.send(lookAt, form).want(http.StatusSeeOther)
	if got := v.looked().Portal; got.Labels != nil || slices.Contains(got.Fields, "custom.room-7") ||
		got.Fields[len(got.Fields)-1] != "zipCode" || !got.IsOptional("zipCode") {
		t.Errorf("%+v", got)
	}
}

// TestConsoleFieldsWrong: wrong names and labels are refused beside their inputs, and saved by no
// button.
func TestConsoleFieldsWrong(t *testing.T) {
	v := newVenue(t, withThreeFields)
	before := v.looked()
	o := signedIn(v, demoID)
	right := lookForm(o.open(lookAt).want(http.StatusOK))
	for _, c := range []struct{ field, name, at, says string }{
		{"own", "", "add.name", "is not a name of a form field"},
		{"own", "room number", "add.name", "is not a name of a form field (1 to 64 letters"},
		{"own", "<b>room</b>", "add.name", "is not a name of a form field"},
		{"own", strings.Repeat("x", 65), "add.name", "is not a name of a form field"},
		{"email", "", "add.field", "is a field of the form already"},
		{"password", "", "add.field", "is not a name of a form field"},
	} {
		form := withFields(right, map[string]string{"add.field": c.field, "add.name": c.name})
		for _, p := range []*webpage{o.press(form, "add"), o.send(lookAt, form).want(http.StatusConflict)} {
			if found := foundAt(p, c.at); !strings.Contains(found, c.says) {
				t.Errorf("%s %q: beside it is %q", c.field, c.name, found)
			}
			if in := lookInputNamed(p, c.at); attribute(in, "aria-invalid") != "true" {
				t.Errorf("%s %q: the input is not marked", c.field, c.name)
			}
			if kept := lookForm(p).Get("add.name"); kept != c.name || strings.Contains(p.raw, "<b>room") {
				t.Errorf("%q is kept as %q", c.name, kept)
			}
		}
	}
	for _, c := range []struct{ name, value, at, says string }{
		{"portal.labels.email.en", strings.Repeat("y", 81), "portal.labels.email.en", "81 bytes"},
		{"portal.labels.email.en", "a\u202eb", "portal.labels.email.en", "character"},
		{"portal.labels.email.it", "Solo", "portal.labels.email.en", "is missing in en"},
	} {
		p := o.send(lookAt, withFields(right, map[string]string{c.name: c.value})).want(http.StatusConflict)
		if found := foundAt(p, c.at); !strings.Contains(found, c.says) {
			t.Errorf("%s=%q: beside %s is %q: %s", c.name, c.value, c.at, found, p.text())
		}
		if kept := lookForm(p).Get(c.name); kept != c.value {
			t.Errorf("%s=%q: kept as %q", c.name, c.value, kept)
		}
		for _, n := range p.all("details") {
			for _, in := range elements(n, "input") {
				if attribute(in, "name") == c.at && !has(n, "open") {
					t.Errorf("%s: the wrong label is hidden", c.at)
				}
			}
		}
	}
	hostile := withFields(right, map[string]string{
		"portal.fields": `email email "><script> root portal custom.` + strings.Repeat("z", 70) + " lastName",
	})
	o.send(lookAt, hostile).want(http.StatusSeeOther)
	if got := v.looked().Portal.Fields; !slices.Equal(got, []string{"email", "lastName", "firstName"}) {
		t.Errorf("the order is %v", got)
	}
	var many []string
	for i := range 3000 {
		many = append(many, fmt.Sprint("custom.f", i))
	}
	crowded := lookForm(o.open(lookAt).want(http.StatusOK))
	crowded.Set("portal.fields", strings.Join(many, " "))
	p := o.press(crowded, "up custom.f9")
	if n := len(fieldsOn(p)); n > 110 || len(p.raw) > 256<<10 {
		t.Errorf("%d fields, %d bytes", n, len(p.raw))
	}
	if v.looked().Version != before.Version+1 {
		t.Error("a button has saved the settings")
	}
}

// TestConsoleFieldsConflict: the order and the labels of the form are kept beside what another
// operator has saved meanwhile, and a field that the other has added stays.
func TestConsoleFieldsConflict(t *testing.T) {
	v := newVenue(t, withThreeFields)
	one, other := signedIn(v, demoID), signedIn(v, demoID)
	mine := lookForm(one.press(lookForm(one.open(lookAt).want(http.StatusOK)), "up email"))
	mine.Set("portal.labels.email.en", "Mail")
	theirs := lookForm(other.open(lookAt).want(http.StatusOK))
	theirs.Set("add.field", "country")
	theirs.Set("portal.labels.email.en", "Their mail")
	other.send(lookAt, theirs).want(http.StatusSeeOther)
	p := one.send(lookAt, mine).want(http.StatusConflict).says("Someone has changed the settings",
		"firstName, lastName, email, country", "Their mail")
	if got := strings.Join(fieldsOn(p), " "); got != "firstName email lastName country" {
		t.Errorf("the order is %s", got)
	}
	mine.Set("field", "down email") // a button of the former page
	p = one.send(lookAt, mine).want(http.StatusConflict).says("Someone has changed the settings")
	one.send(lookAt, lookForm(p)).want(http.StatusSeeOther)
	if got := v.looked().Portal; strings.Join(got.Fields, " ") != "firstName lastName email country" ||
		got.Labels["email"]["en"] != "Mail" {
		t.Errorf("%+v", got)
	}
}

// TestConsoleFieldsEnter: the first button of the form, which the Enter key presses, is the
// preview.
func TestConsoleFieldsEnter(t *testing.T) {
	v := newVenue(t)
	for _, form := range signedIn(v, demoID).open(lookAt).want(http.StatusOK).all("form") {
		if attribute(form, "enctype") == "" {
			continue
		}
		if first := elements(form, "button")[0]; attribute(first, "name") != "preview" {
			t.Errorf("the first button is %s", attribute(first, "name"))
		}
	}
}
