package tenant

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

	"onramp/onboarding"
	"onramp/templates"
)

// Limits of an organization's values.
const (
	maxPolicyText      = 256 << 10
	maxVersion         = 64
	minVisitGap        = time.Minute
	maxVisitGap        = 7 * 24 * time.Hour
	minSessionTimeout  = time.Minute
	maxSessionTimeout  = 365 * 24 * time.Hour
	maxProfileLifetime = 10 * 366 * 24 * time.Hour
	minAttemptsKept    = 24 * time.Hour
	maxAttemptsKept    = 90 * 24 * time.Hour
	shortLifetime      = time.Hour // a shorter lifetime may end during the visit
)

// Check returns the findings about an organization that need no database, at the time now. An error
// among them refuses the organization. Apply adds those that depend on stored data,
// such as a realm of another organization or the removal of a location with customers.
func Check(o *onboarding.Organization, now time.Time) []onboarding.Finding {
	var f findings
	f.id("id", o.ID)
	f.name("name", o.Name)
	checkLanguages(o, &f)
	checkPolicies(o, &f)
	checkWiFi(o, &f, now)
	if o.VisitGap < minVisitGap || o.VisitGap > maxVisitGap {
		f.refuse("visitGap", "range", "", "must be 1m to 7d, not %v", o.VisitGap)
	}
	checkRADIUS(o, &f)
	checkRetention(o, &f)
	checkSegments(o, &f)
	checkPortal(o, &f)
	checkWebhooks(o, &f)
	checkLocations(o, &f)
	checkShown(o, &f)
	return f
}

func checkLanguages(o *onboarding.Organization, f *findings) {
	if len(o.Languages) == 0 {
		f.refuse("languages", "missing", "write languages: [en]", "is missing")
	}
	ofPages := templates.PageLanguages()
	for i, language := range o.Languages {
		field := fmt.Sprintf("languages[%d]", i)
		f.language(field, language)
		if slices.Index(o.Languages, language) < i {
			f.refuse(field, "duplicate", "", "%q is a duplicate", language)
		}
		if tidy, err := onboarding.ParseLanguage(field, language); err == nil && tidy == language &&
			!slices.Contains(ofPages, language) {
			f.warn(field, "page-language", "the pages have "+strings.Join(ofPages, ", "),
				"has no texts of the pages: visitors do not see them in %s", language)
		}
	}
}

func checkRADIUS(o *onboarding.Organization, f *findings) {
	if d := o.RADIUS.SessionTimeout; d != 0 && (d < minSessionTimeout || d > maxSessionTimeout || d%time.Second != 0) {
		f.refuse("radius.sessionTimeout", "range", "", "must be 1m to 365d in whole seconds, not %v", d)
	}
	if d := o.RADIUS.AttemptsKept; d != 0 && (d < minAttemptsKept || d > maxAttemptsKept) {
		f.refuse("radius.attemptsKept", "range", "", "must be 1d to 90d, not %v", d)
	}
	if v := o.RADIUS.VLAN; v < 0 || v > 4094 { // 0 is none; IEEE 802.1Q reserves 4095
		f.refuse("radius.vlan", "range", "", "must be 1 to 4094, not %d", v)
	}
}

// checkShown checks the texts that contacts and devices show.
func checkShown(o *onboarding.Organization, f *findings) {
	if o.ExternalSource != "" {
		f.name("externalSource", o.ExternalSource)
	}
	for _, v := range []struct{ field, version string }{
		{"consentVersions.profiling", o.ConsentVersions.Profiling}, {"consentVersions.ppd", o.ConsentVersions.PPD},
	} {
		if v.version != "" {
			f.text(v.field, v.version, maxVersion, onboarding.NotText)
		}
	}
	if p := o.WiFi.Passpoint; p != nil && utf8.ValidString(p.FriendlyName) {
		f.visible("wifi.passpoint.friendlyName", p.FriendlyName)
	}
}

// maxLabel limits the characters of a field's label.
const maxLabel = 80

func checkPortal(o *onboarding.Organization, f *findings) {
	for i, name := range o.Portal.Fields {
		field := fmt.Sprintf("portal.fields[%d]", i)
		switch {
		case !onboarding.IsPortalField(name):
			f.refuse(field, "unknown-field", "known: "+strings.Join(onboarding.PortalFields, ", ")+
				" and custom.<name> in letters, digits, _ and -", "%q is not a form field", brief(name))
		case slices.Index(o.Portal.Fields, name) < i:
			f.refuse(field, "duplicate", "", "%q is a duplicate", name)
		}
		if label := o.Portal.Labels[name]; len(label) > 0 {
			checkTexts(o, f, field+".label", label, true, maxLabel, onboarding.NotText)
		} else if onboarding.IsCustomField(name) {
			f.warn(field, "field-label", "write {name: "+name+", label: {"+standardLanguage(o)+": ...}}",
				"has no label; visitors see its name")
		}
	}
	if country := o.Portal.PhoneCountry; country != "" {
		if tidy, err := onboarding.ParseCountry("", country); err != nil || tidy != country {
			f.refuse("portal.phoneCountry", "country", "such as IT or GB",
				"must be an ISO 3166-1 alpha-2 code in capitals, not %q", brief(country))
		}
	}
	checkBrand(o, f)
	for i, host := range o.Portal.RedirectHosts {
		f.host(fmt.Sprintf("portal.redirectHosts[%d]", i), host)
	}
	checkReconsent(o, f)
	checkVerify(&o.Portal, f)
	checkRenewal(o, f)
	checkGrant(o.Portal.Grant, f)
}

// checkVerify checks the proof of an address: the form asks for the address.
func checkVerify(p *onboarding.Portal, f *findings) {
	switch p.Verify {
	case onboarding.VerifyNone:
		return
	case onboarding.VerifyEmail, onboarding.VerifySMS:
	default:
		f.refuse("portal.verify", "unknown-value", "known: none, email, sms", "must be none, email or sms, not %q",
			brief(string(p.Verify)))
		return
	}
	name := p.Verify.Field()
	if !slices.Contains(p.Fields, name) || p.IsOptional(name) {
		f.refuse("portal.verify", "verify-field", "add "+name+" to portal.fields, not optional",
			"%s needs the form field %s", p.Verify, name)
	}
}

// checkRenewal checks the days of the renewal notice: a renewed credential gets no other one soon.
func checkRenewal(o *onboarding.Organization, f *findings) {
	const field = "portal.renewalDays"
	switch days := o.Portal.RenewalDays; {
	case days < 0 || days > onboarding.MaxRenewalDays:
		f.refuse(field, "range", "", "must be 1 to %d, not %d", onboarding.MaxRenewalDays, days)
	case days > 0 && 2*o.Portal.NoticeTime() > o.WiFi.ProfileLifetime:
		f.refuse(field, "range", "write at most half of wifi.profileLifetime",
			"is %d days, more than half of the %v of wifi.profileLifetime", days, o.WiFi.ProfileLifetime)
	}
}

// id requires an identifier.
func (f *findings) id(field, id string) {
	if onboarding.ValidID(id) {
		return
	}
	if id == "" {
		f.refuse(field, "missing", "write 32 lower-case hex digits", "is missing")
		return
	}
	remedy := ""
	if tidy := strings.ToLower(strings.ReplaceAll(id, "-", "")); onboarding.ValidID(tidy) {
		remedy = "write " + tidy
	}
	f.refuse(field, "id", remedy, "must be 32 lower-case hex digits, not %q", brief(id))
}

// name requires a text for display.
func (f *findings) name(field, text string) {
	f.text(field, text, onboarding.MaxName, onboarding.NotText)
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
	if tidy := onboarding.TidyName(name); tidy != name {
		f.refuse(field, "invisible", fmt.Sprintf("write %q", brief(tidy)), "contains an invisible character: %+q",
			brief(name))
	}
}

// notLongText is notText for texts of several lines.
func notLongText(r rune) bool { return r != '\n' && r != '\t' && onboarding.NotText(r) }

func (f *findings) language(field, code string) {
	if tidy, err := onboarding.ParseLanguage(field, code); err != nil || tidy != code {
		remedy := "such as en or it"
		if err == nil {
			remedy = "write " + tidy
		}
		f.refuse(field, "language", remedy, "must be an ISO 639-1 code, not %q", brief(code))
	}
}

// checkTexts requires a text in the default language, if there is any text or it is required, and
// valid language codes. It warns of texts in languages that the organization does not have.
func checkTexts(o *onboarding.Organization, f *findings, field string, texts map[string]string, required bool, max int,
	bad func(rune) bool) {
	if len(texts) == 0 && !required {
		return
	}
	if standard := standardLanguage(o); texts[standard] == "" {
		f.refuse(field, "missing", "write {"+standard+": ...}", "is missing in %s, the default language", standard)
	}
	for _, language := range sortedKeys(texts) {
		at := field + "." + brief(language)
		if tidy, err := onboarding.ParseLanguage(at, language); err != nil || tidy != language {
			f.language(at, language)
			continue
		}
		if texts[language] != "" || language != standardLanguage(o) {
			f.text(at, texts[language], max, bad)
		}
		if speaksOnlyLanguages(o) && !slices.Contains(o.Languages, language) {
			f.warn(at, "unused-language", "add "+language+" to languages",
				"is never shown: %s is not among the languages", language)
		}
	}
}

// speaksOnlyLanguages reports whether there are languages and all are valid codes.
func speaksOnlyLanguages(o *onboarding.Organization) bool {
	return len(o.Languages) > 0 && !slices.ContainsFunc(o.Languages, func(language string) bool {
		tidy, err := onboarding.ParseLanguage("", language)
		return err != nil || tidy != language
	})
}

// standardLanguage is the language for visitors with none of the organization's languages.
func standardLanguage(o *onboarding.Organization) string {
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
	return onboarding.CutText(text, 64) + "..."
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
