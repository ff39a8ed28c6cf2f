package server

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"onramp/onboarding"
)

// looked returns the settings of the demo organization.
func (v *venue) looked() *onboarding.Organization {
	v.Helper()
	found, err := v.service.Tenant.Export(v.Context(), demoID)
	if err != nil {
		v.Fatal(err)
	}
	return found[0]
}

// lookAt is the address of the page.
var lookAt = consoleOf(demoID) + "/look"

// lookForm returns the fields that a browser would send for the page's form.
func lookForm(p *webpage) url.Values {
	values := url.Values{}
	for _, form := range p.all("form") {
		if attribute(form, "enctype") == "" {
			continue
		}
		for _, n := range elements(form, "input", "select", "textarea") {
			name := attribute(n, "name")
			switch {
			case n.Data == "textarea":
				values.Set(name, strings.ReplaceAll(content(n), "\n", "\r\n"))
			case n.Data == "select":
				for _, option := range elements(n, "option") {
					if slices.ContainsFunc(option.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) {
						values.Set(name, attribute(option, "value"))
					}
				}
			case attribute(n, "type") == "file":
			case attribute(n, "type") == "checkbox":
				if slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) {
					values.Set(name, attribute(n, "value"))
				}
			default:
				values.Set(name, attribute(n, "value"))
			}
		}
	}
	return values
}

// content returns the text of an element as it is.
func content(root *html.Node) string {
	var all strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			all.WriteString(n.Data)
		}
	}
	return all.String()
}

// lookInputNamed returns the input, select or textarea of a name, outside the preview.
func lookInputNamed(p *webpage, name string) *html.Node {
	for _, n := range p.all("input", "select", "textarea", "fieldset") {
		if attribute(n, "name") == name && attribute(n, "type") != "hidden" {
			return n
		}
	}
	p.v.Fatalf("no input %s: %s", name, p.text())
	return nil
}

// foundAt returns the findings beside an input.
func foundAt(p *webpage, name string) string {
	for _, n := range p.all("ul") {
		if attribute(n, "id") == name+"-found" {
			return textOf(n)
		}
	}
	return ""
}

// TestConsoleLookUnchanged: the form as it is shown changes nothing, and a part of it nothing else.
func TestConsoleLookUnchanged(t *testing.T) {
	v := newVenue(t, withBrand, func(o *onboarding.Organization) {
		o.Languages = []string{"it", "en", "sv"}
		o.Names = map[string]string{"en": "Roma's", "de": "Rom"}
		o.Portal.Fields = []string{"email", "custom.room", "firstName"}
		o.Portal.Optional = []string{"firstName"}
		o.Portal.Labels = map[string]map[string]string{"custom.room": {"it": "Camera"}}
		o.Policies[1].Text = map[string]string{
			"it": "\n  Teniamo poco.\n\n<b>Davvero</b>\n", "ja": "少し",
		}
		for i := range o.Policies {
			o.Policies[i].Title["it"] = "Testo"
		}
	})
	before := v.looked()
	o := signedIn(v, demoID)
	form := lookForm(o.open(lookAt).want(http.StatusOK))
	o.send(lookAt, form).want(http.StatusSeeOther)
	if after := v.looked(); after.Version != before.Version {
		t.Errorf("the settings have changed from %+v to %+v", before, after)
	}
	part := url.Values{"form": form["form"], "version": form["version"], "portal.brand.address": {"Via Po 1"}}
	o.send(lookAt, part).want(http.StatusSeeOther)
	after := *v.looked()
	if after.Portal.Brand.Address != "Via Po 1" {
		t.Errorf("the address is %q", after.Portal.Brand.Address)
	}
	after.Portal.Brand.Address = before.Portal.Brand.Address
	if same, err := after.Equal(before); err != nil || !same {
		t.Errorf("more than the address has changed: %v", err)
	}
}

// TestConsoleLookSaved: every input changes its setting, the sign-up page shows it, and the act is
// recorded.
func TestConsoleLookSaved(t *testing.T) {
	v := newVenue(t, withBrand)
	v.db = v.store
	o := signedIn(v, demoID)
	form := lookForm(o.open(lookAt).want(http.StatusOK))
	for name, value := range map[string]string{
		"portal.brand.accent": " #14693A ", "portal.brand.address": "Via Po 1", "portal.brand.help.phone": "",
		"portal.brand.help.email": "ciao@example.com", "portal.brand.help.url": "https://example.com/aiuto",
		"portal.brand.logo.remove": "true",
		"languages.first":          "it", "languages.en": "true", "languages.de": "true",
		"name": "Bar Po", "names.en": "Po Bar", "portal.fields.lastName": "no", "portal.fields.email": "optional",
		"portal.fields.country": "required", "policies.termsOfUse.version": "1.01",
		"policies.termsOfUse.url": "https://example.com/it", "policies.termsOfUse.title.en": "The terms",
		"policies.mktgCommunications.title.it": "Offerte", "policies.privacy.text.en": "We keep\r\nless.",
		"policies.privacy.changes.en": "",
	} {
		form.Set(name, value)
	}
	preview := o.send(lookAt, withFields(form, map[string]string{"preview": "true"})).want(http.StatusOK)
	form = lookForm(preview) // with the inputs of the further languages
	form.Set("policies.mktgCommunications.title.it", "Offerte")
	form.Set("policies.privacy.text.it", "Teniamo poco.")
	form.Set("names.de", "Po-Bar")
	rows := v.since(func() {
		p := o.send(lookAt, form).want(http.StatusOK).says("The settings are saved.")
		if found := foundAt(p, "policies.privacy.version"); !strings.Contains(found, "Warning is still 1.00 although") {
			t.Errorf("beside the version of the changed text is %q", found)
		}
	})
	if len(rows) != 1 || rows[0].Action != onboarding.AuditSettingsChanged ||
		rows[0].Actor.Kind != onboarding.ActorConsole {
		t.Errorf("recorded: %+v", rows)
	}
	got := v.looked()
	if b := got.Portal.Brand; b.Accent != "#14693a" || b.Address != "Via Po 1" || b.Logo != "" || b.Help == nil ||
		*b.Help != (onboarding.Helpdesk{Email: "ciao@example.com", URL: "https://example.com/aiuto"}) {
		t.Errorf("the brand is %+v", b)
	}
	if !slices.Equal(got.Languages, []string{"it", "en", "de"}) || got.Name != "Bar Po" ||
		!maps.Equal(got.Names, map[string]string{"en": "Po Bar", "de": "Po-Bar"}) {
		t.Errorf("%v %q %v", got.Languages, got.Name, got.Names)
	}
	if !slices.Equal(got.Portal.Fields, []string{"firstName", "email", "country"}) ||
		!slices.Equal(got.Portal.Optional, []string{"email"}) {
		t.Errorf("fields %v, optional %v", got.Portal.Fields, got.Portal.Optional)
	}
	if p := got.Policies[0]; p.Version != "1.01" || p.URL != "https://example.com/it" || p.Title["en"] != "The terms" ||
		p.Title["it"] != "Condizioni d'uso" {
		t.Errorf("%+v", p)
	}
	if p := got.Policies[1]; p.Text["en"] != "We keep\nless." || p.Text["it"] != "Teniamo poco." || p.Changes != nil {
		t.Errorf("%+v", p)
	}
	o.open(lookAt + "?done=saved").want(http.StatusOK).says("The settings are saved.")
	v.browse(http.MethodGet, "/portal/"+demoID, nil).want(http.StatusOK).says("Bar Po", "Via Po 1", "Paese")
}

// TestConsoleLookPreview: the preview shows what was typed, and saves nothing.
func TestConsoleLookPreview(t *testing.T) {
	v := newVenue(t, withBrand)
	before := v.looked()
	o := signedIn(v, demoID)
	form := lookForm(o.open(lookAt).want(http.StatusOK))
	form.Set("portal.brand.accent", "#14693a")
	form.Set("portal.brand.logo", otherLogo)
	form.Set("portal.fields.companyName", "optional")
	form.Set("preview", "true")
	p := o.send(lookAt, form).want(http.StatusOK)
	p.says("Nothing is saved yet", "Company (optional)", "Connect to Demo WiFi")
	if sheet := attribute(p.all("link")[1], "href"); !strings.HasPrefix(sheet, "/assets/accent-14693a-") {
		t.Errorf("the style sheet of the accent is %s", sheet)
	} else {
		v.browse(http.MethodGet, sheet, nil).want(http.StatusOK).says(":root,.phone{--accent:#14693a")
	}
	if text := content(lookInputNamed(p, "portal.brand.logo")); text != otherLogo {
		t.Errorf("the typed logo is %q", text)
	}
	images := 0
	for _, n := range p.all("img") {
		if strings.HasPrefix(attribute(n, "src"), "data:image/svg+xml;base64,") {
			images++
		}
	}
	if images != 2 {
		t.Errorf("the logo is drawn %d times", images)
	}
	if v.looked().Version != before.Version {
		t.Error("the preview has changed the settings")
	}
	form = lookForm(p)
	form.Set("portal.brand.accent", "")
	form.Set("preview", "true")
	if p = o.send(lookAt, form).want(http.StatusOK); strings.Contains(p.raw, "/assets/accent-") {
		t.Error("without an accent, the page has a style sheet of one")
	}
	form.Del("preview")
	o.send(lookAt, form).want(http.StatusSeeOther)
	if b := v.looked().Portal.Brand; b.Logo != otherLogo || b.Accent != "" {
		t.Errorf("the saved brand is %+v", b)
	}
}

// otherLogo is in the form in which it is served.
const otherLogo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"></rect></svg>`

// TestConsoleLookWrong: a wrong value is refused beside its input, which keeps it.
func TestConsoleLookWrong(t *testing.T) {
	v := newVenue(t, withBrand, func(o *onboarding.Organization) { o.Portal.Verify = onboarding.VerifyEmail })
	before := v.looked()
	o := signedIn(v, demoID)
	right := lookForm(o.open(lookAt).want(http.StatusOK))
	for _, c := range []struct{ name, value, says string }{
		{"portal.brand.accent", "red", "must be a colour"},
		{"portal.brand.accent", "#7a1f2", "must be a colour"},
		{"portal.brand.address", strings.Repeat("x", 161), "161 bytes"},
		{"portal.brand.help.email", "nobody", "must be an e-mail address"},
		{"portal.brand.help.phone", "call us", "must be a phone number"},
		{"portal.brand.help.url", "javascript:alert(1)", "must be an https URL"},
		{"portal.brand.logo", `<svg viewBox="0 0 9 9"><script/></svg>`, "contains the element script"},
		{"name", "", "is missing"},
		{"name", "a\u202eb", "an invisible character"},
		{"names.en", strings.Repeat("y", 300), "300 bytes"},
		{"portal.fields.email", "no", "email needs the form field email"},
		{"portal.fields.email", "optional", "email needs the form field email"},
		{"policies.termsOfUse.version", "", "is missing"},
		{"policies.termsOfUse.url", "terms", "must begin with https://"},
		{"policies.privacy.title.en", "", "is missing in en"},
		{"policies.privacy.text.en", "a\u0007b", "U+0007"},
		{"policies.mktgCommunications.changes.en", strings.Repeat("z", 2001), "2001 bytes"},
	} {
		form := withFields(right, map[string]string{c.name: c.value})
		p := o.send(lookAt, form).want(http.StatusConflict).says("Nothing was saved")
		if found := foundAt(p, c.name); !strings.Contains(found, c.says) {
			t.Errorf("%s=%q: beside it is %q, want %q: %s", c.name, c.value, found, c.says, p.text())
		}
		in := lookInputNamed(p, c.name)
		if c.name == "portal.brand.logo" {
			in = lookInputNamed(p, c.name+".file")
		}
		if attribute(in, "aria-invalid") != "true" ||
			!strings.Contains(attribute(in, "aria-describedby"), c.name+"-found") {
			t.Errorf("%s: the input is not marked", c.name)
		}
		if kept := lookForm(p).Get(c.name); kept != c.value {
			t.Errorf("%s=%q: kept as %q", c.name, c.value, kept)
		}
		if now := v.looked(); now.Version != before.Version {
			t.Fatalf("%s=%q is saved", c.name, c.value)
		}
	}
	p := o.send(lookAt, withFields(right, map[string]string{"languages.first": "ja"})).want(http.StatusConflict)
	if found := foundAt(p, "policies.privacy.title.ja"); !strings.Contains(found, "is missing in ja") {
		t.Errorf("beside the title in the new default language is %q", found)
	}
	o.send(lookAt, withFields(right, map[string]string{"version": "x"})).want(http.StatusConflict).says("version")
}

// TestConsoleLookLogo: no logo with anything but a drawing is saved or drawn, as a file or as text.
func TestConsoleLookLogo(t *testing.T) {
	v := newVenue(t)
	o := signedIn(v, demoID)
	right := lookForm(o.open(lookAt).want(http.StatusOK))
	const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"`
	for _, hostile := range []string{
		svg + `><script>alert(1)</script></svg>`,
		svg + ` onload="alert(1)"></svg>`,
		svg + `><image href="https://evil.example/a.png"/></svg>`,
		svg + `><use xlink:href="https://evil.example/a.svg#x"/></svg>`,
		svg + `><foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject></svg>`,
		svg + `><a href="javascript:alert(1)"><rect/></a></svg>`,
		svg + `><style>@import "https://evil.example/a.css";</style></svg>`,
		svg + `><rect style="fill:url(https://evil.example/a)"/></svg>`,
		`<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + svg + `><text>&x;</text></svg>`,
		`</textarea><script>alert(1)</script>`,
		"GIF89a\x01\x00\xff",
		svg + `>` + strings.Repeat(`<rect width="1" height="1"/>`, 2001) + `</svg>`,
		svg + `><path d="` + strings.Repeat("M0 0", 9000) + `"/></svg>`,
	} {
		for _, as := range []string{"text", "file"} {
			var p *webpage
			if as == "text" {
				p = o.send(lookAt, withFields(right, map[string]string{"portal.brand.logo": hostile}))
			} else {
				p = o.upload(lookAt, right, hostile)
			}
			short := hostile[max(0, len(hostile)-60):]
			if p.want(http.StatusConflict); foundAt(p, "portal.brand.logo") == "" {
				t.Errorf("%s %q: no finding: %s", as, short, p.text())
			}
			if strings.Contains(p.raw, "data:image/svg") || strings.Contains(p.raw, "<script") {
				t.Errorf("%s %q is on the page", as, short)
			}
			if v.looked().Portal.Brand.Logo != "" {
				t.Fatalf("%s %q is saved", as, short)
			}
		}
	}
	o.upload(lookAt, right, "\ufeff<?xml version=\"1.0\"?><!-- drawn -->"+
		strings.Replace(otherLogo, "></rect>", "/>", 1)).want(http.StatusSeeOther)
	if logo := v.looked().Portal.Brand.Logo; logo != otherLogo {
		t.Errorf("the logo is %q", logo)
	}
}

// upload sends the form with a file as the logo.
func (o *operator) upload(path string, form url.Values, logo string) *webpage {
	o.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name := range form {
		if err := w.WriteField(name, form.Get(name)); err != nil {
			o.Fatal(err)
		}
	}
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="portal.brand.logo.file"; filename="logo.svg"`},
		"Content-Type":        {"image/svg+xml"},
	})
	if err != nil {
		o.Fatal(err)
	}
	if _, err := io.WriteString(part, logo); err != nil {
		o.Fatal(err)
	}
	if err := w.Close(); err != nil {
		o.Fatal(err)
	}
	return o.sendRaw(path, w.FormDataContentType(), body.String())
}

// sendRaw posts a body as a page of the console does.
func (o *operator) sendRaw(path, kind, body string) *webpage {
	o.Helper()
	return o.do(http.MethodPost, path, url.Values{}, func(r *http.Request) {
		r.Header.Set("Content-Type", kind)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	})
}

// TestConsoleLookUpload: malformed uploads are refused and change nothing.
func TestConsoleLookUpload(t *testing.T) {
	v := newVenue(t)
	before := v.looked()
	o := signedIn(v, demoID)
	form := lookForm(o.open(lookAt).want(http.StatusOK))
	field := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	start := field("form", form.Get("form")) + field("version", form.Get("version")) + field("name", "Other")
	const kind, end, refused = "multipart/form-data; boundary=b", "--b--\r\n", http.StatusConflict
	for what, c := range map[string]struct {
		kind, body string
		status     int
	}{
		"no end":         {kind, start, refused},
		"no boundary":    {"multipart/form-data", start + end, refused},
		"twice":          {kind, start + field("name", "x") + end, refused},
		"too many":       {kind, start + strings.Repeat(field("x", ""), 300) + end, refused},
		"another kind":   {"text/plain", start + end, refused},
		"without a form": {kind, field("name", "Other") + end, refused},
		"too large": {
			kind, start + field("x", strings.Repeat("x", 800<<10)) + end,
			http.StatusRequestEntityTooLarge,
		},
	} {
		if p := o.sendRaw(lookAt, c.kind, c.body); p.status != c.status {
			t.Errorf("%s: %d: %s", what, p.status, p.text())
		}
		if v.looked().Version != before.Version {
			t.Fatalf("%s: saved", what)
		}
	}
	o.sendRaw(lookAt, kind, start+end).want(http.StatusSeeOther)
	if name := v.looked().Name; name != "Other" {
		t.Errorf("the name is %q", name)
	}
}

// TestConsoleLookMarkup: HTML in a value is text on the page and in the preview.
func TestConsoleLookMarkup(t *testing.T) {
	v := newVenue(t)
	o := signedIn(v, demoID)
	form := lookForm(o.open(lookAt).want(http.StatusOK))
	const hostile = `</textarea></title>"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}`
	for name := range form {
		if name != "form" && name != "version" {
			form.Set(name, hostile)
		}
	}
	form.Set("preview", "true")
	p := o.send(lookAt, form).want(http.StatusOK)
	if len(p.all("script")) > 0 {
		t.Error("the page has a script")
	}
	kept := lookForm(p)
	for name := range form {
		if strings.HasPrefix(name, "policies.") && kept.Get(name) != hostile {
			t.Errorf("%s is kept as %q", name, kept.Get(name))
		}
	}
	if n := kept.Get("portal.brand.address"); n != hostile {
		t.Errorf("the address is kept as %q", n)
	}
	form = lookForm(o.open(lookAt))
	form.Set("name", "<i>Bar</i>")
	o.send(lookAt, form).want(http.StatusSeeOther)
	o.open(lookAt).want(http.StatusOK).says("<i>Bar</i>")
}

// TestConsoleLookAtOnce: of two operators with the same version, the second is told, keeps what was
// typed, and may save it on top; a double click is no conflict.
func TestConsoleLookAtOnce(t *testing.T) {
	v := newVenue(t, withBrand)
	one, other := signedIn(v, demoID), signedIn(v, demoID)
	first, second := lookForm(one.open(lookAt)), lookForm(other.open(lookAt))
	first.Set("name", "First")
	one.send(lookAt, first).want(http.StatusSeeOther)
	version := v.looked().Version
	one.send(lookAt, first).want(http.StatusSeeOther) // a double click
	if v.looked().Version != version {
		t.Error("a double click changes the settings twice")
	}
	second.Set("portal.brand.address", "Via Seconda 2")
	p := other.send(lookAt, second).want(http.StatusConflict).says("Someone has changed the settings",
		"Saved value: First", "Saved value: Via Roma 12, 56126 Pisa")
	if got := v.looked(); got.Name != "First" || got.Portal.Brand.Address != "Via Roma 12, 56126 Pisa" {
		t.Errorf("the second is saved: %+v", got)
	}
	again := lookForm(p)
	if again.Get("portal.brand.address") != "Via Seconda 2" || again.Get("name") != "Caffè Roma" {
		t.Errorf("what was typed is lost: %v", again)
	}
	again.Set("name", "First")
	other.send(lookAt, again).want(http.StatusSeeOther)
	if got := v.looked(); got.Name != "First" || got.Portal.Brand.Address != "Via Seconda 2" {
		t.Errorf("%+v", got)
	}

	form := lookForm(one.open(lookAt))
	var all sync.WaitGroup
	statuses := make([]int, 6)
	for i := range statuses {
		mine := withFields(form, map[string]string{"name": "Racer " + string(rune('a'+i))})
		all.Go(func() { statuses[i] = one.send(lookAt, mine).status })
	}
	all.Wait()
	slices.Sort(statuses)
	if statuses[0] != http.StatusSeeOther || statuses[1] != http.StatusConflict || statuses[5] != http.StatusConflict {
		t.Errorf("the answers to forms of one version: %v", statuses)
	}
}

// TestConsoleLookOthers: a form of another tenant, another session or another site changes nothing.
func TestConsoleLookOthers(t *testing.T) {
	v := newVenue(t)
	before := v.looked()
	o, rival := signedIn(v, demoID), signedIn(v, rivalID)
	form := lookForm(o.open(lookAt).want(http.StatusOK))
	form.Set("name", "Taken")
	rival.open(lookAt).want(http.StatusNotFound)
	rivals := lookForm(rival.open(consoleOf(rivalID) + "/look").want(http.StatusOK))
	rivals.Set("name", "Taken")
	rival.send(lookAt, rivals).want(http.StatusNotFound)
	signedIn(v, demoID).send(lookAt, form).want(http.StatusConflict)
	newOperator(v).send(lookAt, form).want(http.StatusUnauthorized)
	o.send(lookAt, form, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }).
		want(http.StatusForbidden)
	if after := v.looked(); after.Version != before.Version {
		t.Errorf("changed: %+v", after)
	}
	forged := withFields(form, map[string]string{
		"id": rivalID, "portal.slug": "admin", "portal.fields.custom.x": "required", "languages.first": "zz",
		"portal.fields.email": "maybe", "locations": "", "name": "Mine",
	})
	o.send(lookAt, forged).want(http.StatusSeeOther)
	after := *v.looked()
	if after.Name != "Mine" {
		t.Errorf("the name is %q", after.Name)
	}
	after.Name = before.Name
	if same, err := after.Equal(before); err != nil || !same {
		t.Errorf("forged fields have changed more than the name: %v", err)
	}
}

// version returns the version of the demo organization.
func (v *venue) version() string {
	v.Helper()
	return strconv.FormatInt(v.looked().Version, 10)
}

// rename changes the name of the demo organization as a command does.
func (v *venue) rename(name string) {
	v.Helper()
	ctx := onboarding.WithActor(v.Context(), onboarding.Actor{Kind: onboarding.ActorCommand, ID: "apply"})
	_, err := v.service.Tenant.Edit(ctx, demoID, v.looked().Version, func(o *onboarding.Organization) error {
		o.Name = name
		return nil
	})
	if err != nil {
		v.Fatal(err)
	}
}

// TestConsoleLookRestore: each change of the look keeps the former version, which can be restored
// without the rest of the settings, and is not if apply refuses it.
func TestConsoleLookRestore(t *testing.T) {
	v := newVenue(t, withBrand, withAccessPoint)
	sealed, err := v.service.Tenant.SealHotspotSecret(v.looked().Locations[0].Hotspots[0].ID, []byte("a secret of it"))
	if err != nil {
		t.Fatal(err)
	}
	edit := func(change func(*onboarding.Organization)) {
		t.Helper()
		if _, err := v.service.Tenant.Edit(t.Context(), demoID, v.looked().Version,
			func(o *onboarding.Organization) error { change(o); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	o := signedIn(v, demoID)
	o.open(lookAt).want(http.StatusOK).saysNot("Earlier versions")
	edit(func(o *onboarding.Organization) { // not the look
		h := &o.Locations[0].Hotspots[0]
		h.Address, h.Secret, h.Name = "192.0.2.10", &sealed, "Back door"
	})
	o.open(lookAt).want(http.StatusOK).saysNot("Earlier versions")
	before := v.looked()
	former := v.version()
	form := lookForm(o.open(lookAt))
	form.Set("name", "Second")
	form.Set("portal.brand.logo.remove", "true")
	form.Set("portal.fields.email", "no")
	form.Set("policies.privacy.version", "3")
	form.Set("policies.privacy.text.en", "We keep nothing.")
	o.send(lookAt, form).want(http.StatusSeeOther)
	edit(func(o *onboarding.Organization) { o.Locations[0].Name = "Via Po" })
	v.rename("Third")
	p := o.open(lookAt).want(http.StatusOK).says("Earlier versions", "Console this session", "Command apply")
	if n := strings.Count(p.raw, ">Restore<"); n != 2 {
		t.Errorf("%d versions can be restored", n)
	}
	versions, err := v.service.Tenant.Versions(t.Context(), demoID)
	if err != nil {
		t.Fatal(err)
	}
	for _, is := range versions {
		raw, err := json.Marshal(is)
		if err != nil || strings.Contains(string(raw), "Back door") || strings.Contains(string(raw), sealed.KeyID) ||
			len(is.Look.Locations) > 0 {
			t.Errorf("a version holds more than the look: %s %v", raw, err)
		}
	}

	path := lookAt + "/" + former
	o.open(path).want(http.StatusOK).says("Restore this version?", "Caffè Roma")
	if v.looked().Name != "Third" {
		t.Error("opening the page restores")
	}
	right := o.formOf(path, path)
	rival := signedIn(v, rivalID)
	rival.open(path).want(http.StatusNotFound)
	rival.open(consoleOf(rivalID) + "/look/" + former).want(http.StatusNotFound)
	rival.send(path, right).want(http.StatusNotFound)
	signedIn(v, demoID).send(path, right).want(http.StatusConflict)
	for _, bad := range []string{"999", "x", "-1"} {
		o.open(lookAt + "/" + bad).want(http.StatusNotFound)
	}
	if v.looked().Name != "Third" {
		t.Fatal("restored by another's form")
	}
	v.rename("Fourth") // between the page and the form
	o.send(path, right).want(http.StatusConflict).says("changed since the page was loaded")
	if v.looked().Name != "Fourth" {
		t.Fatal("a stale form restores")
	}
	right = o.formOf(path, path)
	o.send(path, right).want(http.StatusSeeOther)
	o.send(path, right).want(http.StatusSeeOther) // a double click
	got := v.looked()
	if got.Locations[0].Name != "Via Po" || got.Locations[0].Hotspots[0].Secret == nil {
		t.Errorf("the restore has changed the locations: %+v", got.Locations)
	}
	if p := got.Policies[1]; p.Version != "1.00" || p.Text["en"] != "We keep little." {
		t.Errorf("the policy is %+v", p)
	}
	if same, err := got.Look().Equal(before.Look()); err != nil || !same {
		t.Errorf("the look is %+v, want %+v", got.Look(), before.Look())
	}
	o.open(lookAt + "?done=restored").want(http.StatusOK).says("The earlier version is restored.")

	without := ""
	if versions, err = v.service.Tenant.Versions(t.Context(), demoID); err != nil {
		t.Fatal(err)
	}
	for _, is := range versions {
		if is.Look.Name == "Second" {
			without = strconv.FormatInt(is.Version, 10)
		}
	}
	edit(func(o *onboarding.Organization) { o.Portal.Verify = onboarding.VerifyEmail })
	path = lookAt + "/" + without // its form has no e-mail address
	o.send(path, o.formOf(path, path)).want(http.StatusConflict).says("portal.verify: email needs the form field email")
	if v.looked().Name != got.Name {
		t.Error("a refused version is restored")
	}
	for i := range onboarding.KeptVersions + 2 {
		v.rename("Name " + strconv.Itoa(i))
	}
	versions, err = v.service.Tenant.Versions(t.Context(), demoID)
	if err != nil || len(versions) != onboarding.KeptVersions {
		t.Errorf("%d versions are kept: %v", len(versions), err)
	}
	o.open(path).want(http.StatusNotFound)
}
