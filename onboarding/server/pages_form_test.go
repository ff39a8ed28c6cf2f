package server

import (
	"net/http"
	"testing"

	"onramp/onboarding"
	"onramp/onboarding/auth"
)

// TestStatement: the one box stands for both policies only where it is ticked, and a client that
// names each policy must accept each.
func TestStatement(t *testing.T) {
	v := newVenue(t)
	for _, tt := range []struct {
		name  string
		set   map[string]string
		wants int
	}{
		{"ticked", map[string]string{}, http.StatusSeeOther},
		{"not ticked", map[string]string{"policies.termsOfUse": ""}, http.StatusConflict},
		{"both named", map[string]string{"policies.privacy": "true"}, http.StatusSeeOther},
		{"the notice refused", map[string]string{"policies.privacy": "false"}, http.StatusConflict},
		{"the notice left out", map[string]string{"policies.privacy": ""}, http.StatusConflict},
		{
			"the terms by reference to themselves", map[string]string{"policies.termsOfUse": "as termsOfUse"},
			http.StatusConflict,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := v.onTheSpot(t)
			action, form := v.form("/portal/" + demoID)
			for name, value := range tt.set {
				form.Set(name, value)
			}
			v.browse(http.MethodPost, action, form).want(tt.wants)
		})
	}
}

// TestSwitchLanguage: the form in another language keeps the entries. It reports no problem and
// registers no customer.
func TestSwitchLanguage(t *testing.T) {
	v := newVenue(t, asksEverything)
	action, form := v.form("/portal/"+demoID+"?ssid=Guests", header("Accept-Language", "en"))
	email := form.Get("email")
	form.Set("firstName", `Zoë "<b>`)
	form.Set("birthDate", "tomorrow")
	form.Set("policies.mktgCommunications", "true")
	form.Set("policies.termsOfUse", "")
	form.Set("switch", "it")
	p := v.browse(http.MethodPost, action+"&lang=it", form).want(http.StatusOK).says("Connettiti a", "Continua")
	p.saysNot("aria-invalid", `role="alert"`)
	now := p.form()
	for _, name := range []string{"firstName", "lastName", "email", "birthDate", "policies.mktgCommunications"} {
		if now.Get(name) != form.Get(name) {
			t.Errorf("%s was %q and is %q", name, form.Get(name), now.Get(name))
		}
	}
	if now.Get("policies.termsOfUse") != "" || v.customers(email) != 0 {
		t.Error("a box was ticked, or a customer made")
	}
	now.Del("switch")
	now.Set("birthDate", "1990-02-28")
	now.Set("policies.termsOfUse", "true")
	for name, value := range map[string]string{
		"phoneNumber": "+39123456789", "gender": "female", "language": "it", "country": "IT", "zipCode": "1",
		"companyName": "c", "civilStatus": "s", "title": "t",
	} {
		now.Set(name, value)
	}
	v.signUp(attribute(p.all("form")[0], "action"), now)
}

// TestOptionalFields: an optional field may stay empty, a label is the tenant's, and a policy may
// be made mandatory.
func TestOptionalFields(t *testing.T) {
	v := newVenue(t, func(o *onboarding.Organization) {
		o.Portal.Fields = []string{"firstName", "phoneNumber", "custom.room"}
		o.Portal.Optional = []string{"phoneNumber"}
		o.Portal.Labels = map[string]map[string]string{"custom.room": {"en": "Room number", "it": "Camera"}}
		o.Policies = append(o.Policies, onboarding.Policy{Key: onboarding.AgeVerification, Version: "1",
			Title: map[string]string{"en": "I am over 16"}, Required: true})
	})
	page := v.browse(http.MethodGet, "/portal/"+demoID, nil).want(http.StatusOK).
		says("Room number", "Mobile number (optional)", "I am over 16")
	if has(page.named("phoneNumber"), "required") || !has(page.named("custom.room"), "required") ||
		!has(page.named("policies.ageVerification"), "required") {
		t.Error("what is required is not what the tenant declared")
	}
	action, form := v.form("/portal/" + demoID)
	form.Set("custom.room", "204")
	form.Set("phoneNumber", "")
	p := v.browse(http.MethodPost, action, form).want(http.StatusConflict).says("please accept: I am over 16")
	again := p.form()
	again.Set("policies.ageVerification", "true")
	again.Set("custom.room", "")
	p = v.browse(http.MethodPost, action, again).want(http.StatusConflict).says("Room number is missing.")
	again = p.form()
	again.Set("custom.room", "204")
	c := v.signUp(action, again).stored()
	if c.Custom["room"] != "204" || c.Phone != "" || !c.OptIns[onboarding.AgeVerification] {
		t.Errorf("%+v", c)
	}
	if a := v.post("/v3/customers", v.token(demoID, auth.PublicApp), person("x")); a.status != http.StatusConflict {
		t.Errorf("an app registers without the mandatory policy: %d", a.status)
	}
}
