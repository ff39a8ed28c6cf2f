package onboarding

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Limits of an organization's values.
const (
	maxPolicyText      = 256 << 10
	maxURL             = 2048
	maxVersion         = 64
	minVisitGap        = time.Minute
	maxVisitGap        = 7 * 24 * time.Hour
	minSessionTimeout  = time.Minute
	maxSessionTimeout  = 365 * 24 * time.Hour
	maxProfileLifetime = 10 * 366 * 24 * time.Hour
	shortLifetime      = time.Hour // a shorter lifetime may end during the visit
)

// PortalFields are the fields of a customer that a sign-up form may have.
var PortalFields = []string{
	"firstName", "lastName", "title", "email", "phoneNumber", "gender", "birthDate",
	"language", "country", "zipCode", "companyName", "civilStatus",
}

// Check returns the findings about an organization that need no database, at the time now. An error
// among them refuses the organization. ApplyOrganizations adds those that depend on stored data,
// such as a realm of another organization or the removal of a location with customers.
func (o *Organization) Check(now time.Time) []Finding {
	var f findings
	f.id("id", o.ID)
	f.name("name", o.Name)
	o.checkLanguages(&f)
	o.checkPolicies(&f)
	o.checkWiFi(&f, now)
	if o.VisitGap < minVisitGap || o.VisitGap > maxVisitGap {
		f.refuse("visitGap", "range", "", "must be 1m to 7d, not %v", o.VisitGap)
	}
	o.checkRADIUS(&f)
	o.checkSegments(&f)
	o.checkPortal(&f)
	o.checkLocations(&f)
	o.checkShown(&f)
	return f
}

func (o *Organization) checkLanguages(f *findings) {
	if len(o.Languages) == 0 {
		f.refuse("languages", "missing", "write languages: [en]", "is missing")
	}
	for i, language := range o.Languages {
		field := fmt.Sprintf("languages[%d]", i)
		f.language(field, language)
		if slices.Index(o.Languages, language) < i {
			f.refuse(field, "duplicate", "", "%q is a duplicate", language)
		}
	}
}

func (o *Organization) checkRADIUS(f *findings) {
	if d := o.RADIUS.SessionTimeout; d != 0 && (d < minSessionTimeout || d > maxSessionTimeout || d%time.Second != 0) {
		f.refuse("radius.sessionTimeout", "range", "", "must be 1m to 365d in whole seconds, not %v", d)
	}
	if v := o.RADIUS.VLAN; v < 0 || v > 4094 { // 0 is none; IEEE 802.1Q reserves 4095
		f.refuse("radius.vlan", "range", "", "must be 1 to 4094, not %d", v)
	}
}

// checkShown checks the texts that contacts and devices show.
func (o *Organization) checkShown(f *findings) {
	if o.ExternalSource != "" {
		f.name("externalSource", o.ExternalSource)
	}
	for _, v := range []struct{ field, version string }{
		{"consentVersions.profiling", o.ConsentVersions.Profiling}, {"consentVersions.ppd", o.ConsentVersions.PPD},
	} {
		if v.version != "" {
			f.text(v.field, v.version, maxVersion, notText)
		}
	}
	if p := o.WiFi.Passpoint; p != nil && utf8.ValidString(p.FriendlyName) {
		f.visible("wifi.passpoint.friendlyName", p.FriendlyName)
	}
}

func (o *Organization) checkPortal(f *findings) {
	for i, name := range o.Portal.Fields {
		field := fmt.Sprintf("portal.fields[%d]", i)
		switch {
		case !slices.Contains(PortalFields, name):
			f.refuse(field, "unknown-field", "known: "+strings.Join(PortalFields, ", "), "%q is not a form field",
				brief(name))
		case slices.Index(o.Portal.Fields, name) < i:
			f.refuse(field, "duplicate", "", "%q is a duplicate", name)
		}
	}
	if country := o.Portal.PhoneCountry; country != "" {
		if tidy, err := parseCountry("", country); err != nil || tidy != country {
			f.refuse("portal.phoneCountry", "country", "such as IT or GB",
				"must be an ISO 3166-1 alpha-2 code in capitals, not %q", brief(country))
		}
	}
	for i, host := range o.Portal.RedirectHosts {
		f.host(fmt.Sprintf("portal.redirectHosts[%d]", i), host)
	}
}

// id requires an identifier.
func (f *findings) id(field, id string) {
	if ValidID(id) {
		return
	}
	if id == "" {
		f.refuse(field, "missing", "write 32 lower-case hex digits", "is missing")
		return
	}
	remedy := ""
	if tidy := strings.ToLower(strings.ReplaceAll(id, "-", "")); ValidID(tidy) {
		remedy = "write " + tidy
	}
	f.refuse(field, "id", remedy, "must be 32 lower-case hex digits, not %q", brief(id))
}

// name requires a text for display.
func (f *findings) name(field, text string) {
	f.text(field, text, maxName, notText)
}

// text requires a text of 1 to max bytes without characters for which bad is true.
func (f *findings) text(field, text string, max int, bad func(rune) bool) {
	switch {
	case strings.TrimSpace(text) == "":
		f.refuse(field, "missing", "", "is missing")
	case len(text) > max:
		f.refuse(field, "too-long", "", "has %d bytes, more than %d", len(text), max)
	case !utf8.ValidString(text):
		f.refuse(field, "characters", "", "is not UTF-8")
	case strings.ContainsFunc(text, bad):
		r := []rune(text)[slices.IndexFunc([]rune(text), bad)]
		f.refuse(field, "characters", "leave the character out", "contains U+%04X, which profiles cannot carry", r)
	case bad('\n'): // a name, not a text of several lines
		f.visible(field, text)
	}
}

// visible requires a name without invisible characters, except the joiners of scripts and emoji.
func (f *findings) visible(field, name string) {
	if tidy := tidyName(name); tidy != name {
		f.refuse(field, "invisible", fmt.Sprintf("write %q", brief(tidy)), "contains an invisible character: %+q",
			brief(name))
	}
}

// notLongText is notText for texts of several lines.
func notLongText(r rune) bool { return r != '\n' && r != '\t' && notText(r) }

func (f *findings) language(field, code string) {
	if tidy, err := parseLanguage(field, code); err != nil || tidy != code {
		remedy := "such as en or it"
		if err == nil {
			remedy = "write " + tidy
		}
		f.refuse(field, "language", remedy, "must be an ISO 639-1 code, not %q", brief(code))
	}
}

// checkTexts requires a text in the default language, if there is any text or it is required, and
// valid language codes. It warns of texts in languages that the organization does not have.
func (o *Organization) checkTexts(f *findings, field string, texts map[string]string, required bool, max int,
	bad func(rune) bool) {
	if len(texts) == 0 && !required {
		return
	}
	if standard := o.standardLanguage(); texts[standard] == "" {
		f.refuse(field, "missing", "write {"+standard+": ...}", "is missing in %s, the default language", standard)
	}
	for _, language := range sortedKeys(texts) {
		at := field + "." + brief(language)
		if tidy, err := parseLanguage(at, language); err != nil || tidy != language {
			f.language(at, language)
			continue
		}
		if texts[language] != "" || language != o.standardLanguage() {
			f.text(at, texts[language], max, bad)
		}
		if o.speaksOnlyLanguages() && !slices.Contains(o.Languages, language) {
			f.warn(at, "unused-language", "add "+language+" to languages",
				"is never shown: %s is not among the languages", language)
		}
	}
}

// speaksOnlyLanguages reports whether there are languages and all are valid codes.
func (o *Organization) speaksOnlyLanguages() bool {
	return len(o.Languages) > 0 && !slices.ContainsFunc(o.Languages, func(language string) bool {
		tidy, err := parseLanguage("", language)
		return err != nil || tidy != language
	})
}

// standardLanguage is the language for visitors with none of the organization's languages.
func (o *Organization) standardLanguage() string {
	if len(o.Languages) == 0 || o.Languages[0] == "" {
		return "en"
	}
	return brief(o.Languages[0])
}

var hostName = regexp.MustCompile(
	`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

// host requires the host part of a URL: a DNS name in its ASCII form, or an IP address, as
// controllers of captive portals have.
func (f *findings) host(field, host string) {
	if _, err := netip.ParseAddr(host); err == nil || hostName.MatchString(host) && len(host) <= 253 {
		return
	}
	remedy := "write the name alone, such as example.com"
	if u, err := url.Parse(host); err == nil && u.Hostname() != "" && hostName.MatchString(u.Hostname()) {
		remedy = "write " + u.Hostname()
	} else if ascii, err := idna.Lookup.ToASCII(host); err == nil && hostName.MatchString(ascii) {
		remedy = "write " + ascii
	} else if name, _, ok := strings.Cut(host, ":"); ok && hostName.MatchString(name) {
		remedy = "write " + name + ": every port of it is meant"
	}
	f.refuse(field, "host", remedy, "must be a host name, not %q", brief(host))
}

// brief returns a value, shortened for a message.
func brief(text string) string {
	if len(text) <= 64 {
		return text
	}
	return cutText(text, 64) + "..."
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
